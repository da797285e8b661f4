#include "drivers/alaris/decoder.h"

#include <string>

#include "drivers/alaris/words.h"
#include "drivers/sdk/decimal.h"
#include "drivers/sdk/signals.h"

namespace lamplight::alaris {
namespace {

using sdk::Reading;

// Places in the answer to INF.
constexpr size_t kSerial = 1, kAlarm = 2, kMode = 3, kRate = 4, kRateUnit = 5, kVolume = 7,
                 kVolumeUnit = 8, kPressure = 9, kPressureUnit = 10, kStatusFields = 14;
constexpr int32_t kRateMax = 12'000, kVolumeMax = 100'000, kPressureMax = 5'000;

SignalId pump(std::string_view name) { return sdk::signal(Role::pump, name); }

struct Quantity {
  std::string_view unit;
  int32_t most;  // in 0.1
};

// Blank: the pump has none. Another unit: it would be a guess.
Reading reading_of(std::string_view text, std::string_view unit, const Quantity& wanted) {
  if (text.empty()) return Reading::missing(Reason::stale);
  const auto value = sdk::parse_decimal(text, 1);
  if (!value || unit != wanted.unit) return Reading::missing(Reason::out_of_range);
  if (*value < 0 || *value > wanted.most) return Reading::missing(Reason::out_of_range);
  return Reading::ok(*value);
}

Reading pressure_of(std::string_view text, std::string_view unit) {
  if (unit != "mmHg") return reading_of(text, unit, {"kPa", kPressureMax});
  if (text.empty()) return Reading::missing(Reason::stale);
  const auto tenths = sdk::parse_decimal(text, 1);
  if (!tenths || *tenths < 0) return Reading::missing(Reason::out_of_range);
  // 1 mmHg is 0.133322 kPa.
  const int64_t kpa = (int64_t{*tenths} * 133'322 + 500'000) / 1'000'000;
  if (kpa > kPressureMax) return Reading::missing(Reason::out_of_range);
  return Reading::ok(static_cast<int32_t>(kpa));
}

}  // namespace

Decoder::Decoder(sdk::Conversation* conversation)
    : conversation_(conversation),
      state_(pump("state")),
      rate_set_(pump("rate_set")),
      delivered_(pump("delivered")),
      pressure_(pump("pressure_down")),
      other_(pump("alarm.other")) {
  for (const AlarmWord& each : alarm_words()) {
    conditions_.push_back({each.word, pump("alarm." + std::string(each.condition))});
  }
}

void Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  const Framer::Events events{.on_frame =
                                  [&](std::string_view text) {
                                    if (on_text(text, at, sink)) return;
                                    ++counters_.frames_bad;
                                    counters_.bytes_skipped +=
                                        text.size() + 7;  // '!', '|', four digits, CR
                                  },
                              .on_skipped =
                                  [&](size_t skipped, bool is_broken) {
                                    counters_.bytes_skipped += skipped;
                                    if (is_broken) ++counters_.frames_bad;
                                  }};
  for (const uint8_t byte : bytes) framer_.take(static_cast<char>(byte), events);
}

void Decoder::end(sdk::Sink&) { counters_.bytes_skipped += framer_.drop(); }

bool Decoder::is_believed(size_t question, MonoTime at, sdk::Sink& sink) {
  if (conversation_ == nullptr || conversation_->answered(question, at)) return true;
  sink.fact({.kind = sdk::FactKind::note, .name = "late_answer"});
  return false;
}

bool Decoder::on_text(std::string_view text, MonoTime at, sdk::Sink& sink) {
  const Fields fields = split(text);
  const bool is_status = fields.each[0] == "INF" && fields.count > 1;
  if (is_status && fields.count != kStatusFields) return false;
  sink.frame(at);
  const bool is_told = is_status && is_believed(kAskStatus, at, sink);
  if (is_told) publish(fields, sink);
  // In a conversation only a status says that the pump is there and can be read.
  if (is_told || conversation_ == nullptr) ++counters_.frames_good;
  const bool is_serial = fields.each[0] == "INST_SERIALNO" && fields.count == 2;
  if (is_serial && is_believed(kAskSerial, at, sink)) {
    sink.fact({.kind = sdk::FactKind::identity, .name = "serial", .text = fields.each[1]});
  }
  return true;
}

void Decoder::publish(const Fields& fields, sdk::Sink& sink) const {
  const auto& f = fields.each;
  if (!f[kSerial].empty()) {
    sink.fact({.kind = sdk::FactKind::identity, .name = "serial", .text = f[kSerial]});
  }
  const auto state = state_of(f[kMode]);
  sink.sample(state_, state ? Reading::ok(*state) : Reading::missing(Reason::device_fault));
  sink.fact({.kind = sdk::FactKind::note,
             .name = "unknown_mode",
             .text = state ? std::string_view() : f[kMode],
             .present = !state});
  sink.sample(rate_set_, reading_of(f[kRate], f[kRateUnit], {"ml/h", kRateMax}));
  sink.sample(delivered_, reading_of(f[kVolume], f[kVolumeUnit], {"ml", kVolumeMax}));
  sink.sample(pressure_, pressure_of(f[kPressure], f[kPressureUnit]));
  publish_alarm(f[kAlarm], sink);
}

void Decoder::publish_alarm(std::string_view word, sdk::Sink& sink) const {
  // Blank: the pump does not say; that is no all-clear.
  const bool is_blank = word.find_first_not_of(' ') == std::string_view::npos;
  const auto tell = [&](SignalId signal, bool is_on) {
    sink.sample(signal, is_blank ? Reading::missing(Reason::stale) : Reading::ok(is_on ? 1 : 0));
  };
  bool is_known = is_blank || means_no_alarm(word);
  for (const Condition& each : conditions_) {
    is_known = is_known || each.word == word;
    tell(each.signal, each.word == word);
  }
  tell(other_, !is_known);
  sink.fact({.kind = sdk::FactKind::note,
             .name = "alarm_word",
             .text = is_known ? std::string_view() : word,
             .present = !is_known});
}

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids;
  for (const char* name : {"state", "rate_set", "delivered", "pressure_down", "alarm.other"}) {
    ids.push_back(pump(name));
  }
  for (const AlarmWord& each : alarm_words()) {
    ids.push_back(pump("alarm." + std::string(each.condition)));
  }
  return ids;
}

}  // namespace lamplight::alaris
