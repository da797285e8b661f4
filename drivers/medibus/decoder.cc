#include "drivers/medibus/decoder.h"

#include <algorithm>

#include "drivers/medibus/clock_text.h"
#include "drivers/sdk/decimal.h"
#include "drivers/sdk/signals.h"

namespace lamplight::medibus {
namespace {

using sdk::FactKind;
using sdk::Reading;

constexpr uint8_t kXon = 0x11, kXoff = 0x13, kFast = 0x80;
constexpr uint8_t kMeasuredCp1 = 0x24, kAlarmsCp1 = 0x27, kClock = 0x28, kSettings = 0x29;
constexpr uint8_t kTexts = 0x2A, kMeasuredCp2 = 0x2B, kAlarmsCp2 = 0x2E, kIdentity = 0x52;
constexpr size_t kMeasuredRecord = 6, kSettingRecord = 7, kAlarmRecord = 15;
// ventilator.state
constexpr int32_t kSelfTest = 0, kStandby = 1, kVentilating = 2, kApnoeaBackup = 3;

SignalId ventilator(std::string_view name) { return sdk::signal(Role::ventilator, name); }

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

std::optional<uint8_t> code_of(std::string_view record) {
  const auto code = sdk::parse_hex(record.substr(0, 2));
  return code ? std::optional(static_cast<uint8_t>(*code)) : std::nullopt;
}

// Whole records, each with a readable code.
bool is_records(std::string_view data, size_t length) {
  if (data.size() % length != 0) return false;
  for (size_t at = 0; at < data.size(); at += length) {
    if (!code_of(data.substr(at, 2))) return false;
  }
  return true;
}

// The number in the catalogue's step, rounded half away from zero.
std::optional<int32_t> scaled(Scale scale, std::string_view text, int decimals) {
  if (scale == Scale::as_printed) return sdk::parse_decimal(text, decimals);
  // Three digits more than the step, then rounded once.
  const auto fine = sdk::parse_decimal(text, decimals + 3);
  if (!fine) return std::nullopt;
  // 1 mbar = 100 Pa; 1 cmH2O = 98.0665 Pa. 1 L/min = 1000 mL/min.
  const int64_t numerator = scale == Scale::mbar_to_cmh2o ? 1'000'000 : 1;
  const int64_t denominator = scale == Scale::mbar_to_cmh2o ? 980'665'000 : 1'000'000;
  const int64_t product = int64_t{*fine} * numerator;
  const int64_t half = product < 0 ? -denominator / 2 : denominator / 2;
  return static_cast<int32_t>((product + half) / denominator);
}

Reading reading_of(const Measured& row, std::string_view text, int decimals) {
  if (text.empty()) return Reading::missing(Reason::stale);
  const auto number = scaled(row.scale, text, decimals);
  if (!number || *number < row.min || *number > row.max) {
    return Reading::missing(Reason::out_of_range);
  }
  return Reading::ok(*number);
}

void note(std::string_view name, std::string_view text, bool is_present, sdk::Sink& sink) {
  sink.fact({.kind = FactKind::note, .name = name, .text = text, .present = is_present});
}

bool is_alarms(std::string_view data) {
  if (data.size() % kAlarmRecord != 0 || data.size() / kAlarmRecord > Decoder::kAlarmsMax) {
    return false;
  }
  for (size_t at = 1; at < data.size(); at += kAlarmRecord) {
    if (!code_of(data.substr(at, 2))) return false;
  }
  return true;
}

// Records of 2 hexadecimal digits, a length (0x30 + n), n characters, ETX. False: they are none.
template <class OnText>
bool for_each_text(std::string_view data, OnText on_text) {
  constexpr char kLengthBase = 0x30, kEtx = 0x03;
  while (!data.empty()) {
    const auto code = code_of(data);
    if (!code || data.size() < 4 || data[2] < kLengthBase) return false;
    const auto length = static_cast<size_t>(data[2] - kLengthBase);
    if (data.size() < length + 4 || data[3 + length] != kEtx) return false;
    on_text(*code, trimmed(data.substr(3, length)));
    data.remove_prefix(length + 4);
  }
  return true;
}

// 4 hexadecimal digits, 'name', 11 characters of revision.
struct Identity {
  std::string_view name, revision;
};
std::optional<Identity> identity_of(std::string_view data) {
  const size_t open = data.find('\'');
  const size_t close = data.rfind('\'');
  if (open == std::string_view::npos || close == open) return std::nullopt;
  return Identity{trimmed(data.substr(open + 1, close - open - 1)),
                  trimmed(data.substr(close + 1))};
}

// What a response says can be read as what its code promises; commands and echoes promise nothing.
bool is_well_formed(const Message& message) {
  const std::string_view data = message.data;
  if (message.is_command || data.empty()) return true;
  switch (message.code) {
    case kMeasuredCp1:
    case kMeasuredCp2:
      return is_records(data, kMeasuredRecord);
    case kAlarmsCp1:
    case kAlarmsCp2:
      return is_alarms(data);
    case kClock:
      return parse_clock(data).has_value();
    case kSettings:
      return is_records(data, kSettingRecord);
    case kTexts:
      return for_each_text(data, [](uint8_t, std::string_view) {});
    case kIdentity:
      return identity_of(data).has_value();
    default:
      return true;
  }
}

}  // namespace

Decoder::Decoder(Listener* listener) : listener_(listener), state_(ventilator("state")) {
  for (const Alarm& alarm : alarms()) {
    if (std::ranges::find(conditions_, alarm.condition, &Condition::name) != conditions_.end()) {
      continue;
    }
    const std::string signal = "alarm." + std::string(alarm.condition);
    conditions_.push_back({alarm.condition, ventilator(signal)});
  }
  conditions_.push_back({"other", ventilator("alarm.other")});
}

void Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  const Framer::Events events = {
      .on_message = [&](const Message& message) { on_message(message, at, sink); },
      .on_nak =
          [&] {
            counters_.bytes_skipped += 1;
            if (listener_ != nullptr) listener_->on_nak();
          },
      .on_skipped =
          [&](size_t length, bool is_broken) {
            counters_.bytes_skipped += length;
            if (is_broken) ++counters_.frames_bad;
          }};
  for (const uint8_t byte : bytes) {
    if (byte == kXon || byte == kXoff) continue;
    if ((byte & kFast) != 0) {
      counters_.bytes_skipped += realtime_.take(byte, [](int, int) {});
    } else {
      framer_.take(byte, events);
    }
  }
}

void Decoder::end(sdk::Sink&) {
  counters_.bytes_skipped += framer_.drop();
  realtime_.reset();
  is_somebody_ = false;
}

void Decoder::on_message(const Message& message, MonoTime at, sdk::Sink& sink) {
  if (!message.is_command && message.code == kIdentity) {
    // A line that loops back answers every question with nothing: no alarm, all is well.
    const auto who = identity_of(message.data);
    is_somebody_ = !who || who->name != kOurName;
  }
  if (is_well_formed(message)) {
    if (is_believed()) ++counters_.frames_good;
    sink.frame(at);
    if (!message.is_command && is_believed()) publish(message, sink);
  } else {
    constexpr size_t kAround = 5;  // start, code, two digits of the sum, end
    ++counters_.frames_bad;
    counters_.bytes_skipped += message.data.size() + kAround;
    const bool is_alarm_page = message.code == kAlarmsCp1 || message.code == kAlarmsCp2;
    // Before the first good message nothing was said that could be taken back.
    if (is_alarm_page && is_believed() && counters_.frames_good > 0) {
      is_damaged_[message.code == kAlarmsCp2 ? 1 : 0] = true;
      tell_conditions(sink);
    }
  }
  if (listener_ != nullptr) listener_->on_message(message.is_command, message.code);
}

void Decoder::publish(const Message& message, sdk::Sink& sink) {
  switch (message.code) {
    case kMeasuredCp1:
      publish_measured(Page::cp1, message.data, sink);
      break;
    case kMeasuredCp2:
      publish_measured(Page::cp2, message.data, sink);
      break;
    case kAlarmsCp1:
      publish_alarms(Page::cp1, message.data, sink);
      break;
    case kAlarmsCp2:
      publish_alarms(Page::cp2, message.data, sink);
      break;
    case kSettings:
      publish_settings(message.data, sink);
      break;
    case kTexts:
      publish_texts(message.data, sink);
      break;
    case kIdentity:
      if (const auto who = identity_of(message.data)) {
        sink.fact({.kind = FactKind::identity, .name = "model", .text = who->name});
        sink.fact({.kind = FactKind::identity, .name = "firmware", .text = who->revision});
      }
      break;
    default:
      break;  // an echo, or what was not asked for
  }
}

void Decoder::publish_measured(Page page, std::string_view data, sdk::Sink& sink) const {
  for (size_t at = 0; at < data.size(); at += kMeasuredRecord) {
    const std::string_view record = data.substr(at, kMeasuredRecord);
    for (const Measured& row : measured()) {
      if (row.page != page || row.code != code_of(record)) continue;
      const SignalId signal = ventilator(row.signal);
      const int decimals = signal_info(signal).decimals;
      sink.sample(signal, reading_of(row, trimmed(record.substr(2)), decimals));
    }
  }
}

void Decoder::publish_alarms(Page page, std::string_view data, sdk::Sink& sink) {
  PageAlarms now;
  for (size_t at = 0; at < data.size(); at += kAlarmRecord) {
    const std::string_view record = data.substr(at, kAlarmRecord);
    const auto code = code_of(record.substr(1));
    std::string name = page == Page::cp1 ? "alarm_cp1_" : "alarm_cp2_";
    name += record.substr(1, 2);
    std::string text(trimmed(record.substr(3)));
    text += " (priority " + std::to_string(record[0] - '0') + ")";
    note(name, text, true, sink);
    now.push_back({*code, std::move(name)});
  }
  PageAlarms& before = active_[static_cast<size_t>(page)];
  for (const Active& each : before) {
    if (std::ranges::find(now, each) == now.end()) note(each.note, {}, false, sink);
  }
  before = std::move(now);
  is_damaged_[static_cast<size_t>(page)] = false;
  tell_conditions(sink);
}

// A page that could not be read may hold any of them: what stood on it before is not of now.
void Decoder::tell_conditions(sdk::Sink& sink) const {
  for (const Condition& condition : conditions_) {
    const auto is_on = [&](Page on) {
      const auto page = static_cast<size_t>(on);
      return !is_damaged_[page] && std::ranges::any_of(active_[page], [&](const Active& each) {
        return condition_of(on, each.code) == condition.name;
      });
    };
    const bool is_present = is_on(Page::cp1) || is_on(Page::cp2);
    const bool is_known = is_present || (!is_damaged_[0] && !is_damaged_[1]);
    sink.sample(condition.signal,
                is_known ? Reading::ok(is_present ? 1 : 0) : Reading::missing(Reason::stale));
  }
}

void Decoder::publish_settings(std::string_view data, sdk::Sink& sink) const {
  for (size_t at = 0; at < data.size(); at += kSettingRecord) {
    const std::string_view record = data.substr(at, kSettingRecord);
    const auto known = std::ranges::find(settings(), *code_of(record), &Setting::code);
    if (known == settings().end()) continue;
    const std::string_view text = trimmed(record.substr(2));
    note(known->name, text, !text.empty(), sink);
  }
}

void Decoder::publish_texts(std::string_view data, sdk::Sink& sink) const {
  std::optional<int32_t> state;
  std::string mode;
  bool has_apnoea = false;
  for_each_text(data, [&](uint8_t code, std::string_view text) {
    // The state furthest from ventilating is told: a mode is printed in standby too.
    const auto at_least = [&](int32_t value) { state = std::min(state.value_or(value), value); };
    switch (text_says(code)) {
      case Says::nothing:
        break;
      case Says::mode:
        at_least(kVentilating);
        if (!mode.empty()) mode += ", ";
        mode += text;
        break;
      case Says::apnoea_ventilation:
        has_apnoea = true;
        break;
      case Says::standby:
        at_least(kStandby);
        break;
      case Says::test:
        at_least(kSelfTest);
        break;
    }
  });
  if (has_apnoea && state.value_or(kVentilating) == kVentilating) state = kApnoeaBackup;
  if (state) sink.sample(state_, Reading::ok(*state));
  note("mode", mode, !mode.empty(), sink);
}

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids = {ventilator("state"), ventilator("alarm.other")};
  for (const Measured& row : measured()) ids.push_back(ventilator(row.signal));
  for (const Alarm& alarm : alarms()) {
    ids.push_back(ventilator("alarm." + std::string(alarm.condition)));
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

}  // namespace lamplight::medibus
