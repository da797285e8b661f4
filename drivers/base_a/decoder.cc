#include "drivers/base_a/decoder.h"

#include "drivers/sdk/decimal.h"
#include "drivers/sdk/signals.h"

namespace lamplight::base_a {
namespace {

using sdk::FactKind;
using sdk::Reading;

constexpr int32_t kRateMax = 12'000;         // 0.1 mL/h
constexpr uint32_t kVolumeMax = 10'000'000;  // 0.001 mL

SignalId pump(std::string_view name) { return sdk::signal(Role::pump, name); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_status(char c) { return c == 'C' || c == 'I' || c == 'E' || c == 'M'; }

// [module] status [; values], taken apart.
struct Answer {
  std::optional<int> module;
  char status = 0;
  bool has_values = false;
  std::string_view values;
};

std::optional<Answer> parse(std::string_view text) {
  Answer answer;
  if (is_digit(text[0])) {
    answer.module = text[0] - '0';
    text.remove_prefix(1);
  }
  if (text.empty() || !is_status(text[0])) return std::nullopt;
  answer.status = text[0];
  text.remove_prefix(1);
  if (text.empty()) return answer;
  if (text[0] != ';') return std::nullopt;
  answer.has_values = true;
  answer.values = text.substr(1);
  return answer;
}

struct Value {
  char letter = 0;
  std::string_view digits;
};

// Cuts the first value off.
Value next_value(std::string_view& values) {
  const size_t mark = values.find(';');
  const std::string_view value = values.substr(0, mark);
  values.remove_prefix(mark == std::string_view::npos ? values.size() : mark + 1);
  return value.empty() ? Value{} : Value{value[0], value.substr(1)};
}

bool are_values(std::string_view values) {
  while (!values.empty()) {
    const Value value = next_value(values);
    if (value.letter < 'a' || value.letter > 'z' || !sdk::parse_hex(value.digits)) return false;
  }
  return true;
}

}  // namespace

Decoder::Decoder()
    : rate_set_(pump("rate_set")),
      delivered_(pump("delivered")),
      other_(pump("alarm.other")),
      system_error_(pump("alarm.system_error")) {}

Decoder::Decoder(sdk::Conversation& conversation, std::optional<int> module) : Decoder() {
  conversation_ = &conversation;
  module_ = module;
  places_ = places(module);
}

void Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  const Framer::Events events{
      .on_frame =
          [&](std::string_view text) {
            const bool is_good = on_text(text, at, sink);
            if (!is_good) counters_.bytes_skipped += text.size() + 4;  // STX, two digits, ETX
            if (!is_good) ++counters_.frames_bad;
          },
      .on_enquiry =
          [&] {
            if (conversation_ != nullptr) conversation_->reply(places_.alive);
          },
      .on_refusal =
          [&](char error) {
            const std::string_view text(&error, 1);
            sink.fact({.kind = FactKind::note, .name = "link_refusal", .text = text});
            if (conversation_ != nullptr) conversation_->refused(at);
          },
      .on_skipped =
          [&](size_t skipped, bool is_broken) {
            counters_.bytes_skipped += skipped;
            if (is_broken) ++counters_.frames_bad;
          }};
  for (const uint8_t byte : bytes) framer_.take(static_cast<char>(byte), events);
}

// The host's own frames are in a recording too: good, and they say nothing.
bool Decoder::on_text(std::string_view text, MonoTime at, sdk::Sink& sink) {
  const auto answer = parse(text);
  if (answer && answer->status != 'I' && !are_values(answer->values)) return false;
  sink.frame(at);
  // In a conversation only values of our pump say that it is there: neither the rack that opens its
  // session, nor another pump in it, nor a refusal.
  if (conversation_ == nullptr) ++counters_.frames_good;
  if (!answer) return true;
  // Another module of the rack is another pump; the rack itself opens a session or refuses one.
  const bool is_rack = answer->module == 0 && !answer->has_values && answer->status == 'C';
  const bool is_rack_refusal = answer->module == 0 && answer->status == 'I';
  const bool is_ours = conversation_ == nullptr || !module_ || answer->module == module_;
  if (!is_ours && !is_rack && !is_rack_refusal) return true;
  if (answer->status == 'I') {
    sink.fact({.kind = FactKind::note, .name = "refusal", .text = answer->values});
    if (conversation_ == nullptr) return true;
    conversation_->reply(places_.acknowledge);
    conversation_->refused(at);
    return true;
  }
  if (!is_believed(answer->status, answer->has_values, at, sink) || !is_ours) return true;
  if (conversation_ != nullptr && answer->has_values) ++counters_.frames_good;
  publish(answer->values, sink);
  return true;
}

bool Decoder::is_believed(char status, bool has_values, MonoTime at, sdk::Sink& sink) {
  if (conversation_ == nullptr) return true;
  conversation_->reply(places_.acknowledge);
  if (status != 'C') {
    conversation_->reply(status == 'E' ? places_.heard_event : places_.heard_adjustment);
    return true;
  }
  // Opening a session is answered without values, the question for them with.
  const auto awaited = conversation_->awaited();
  const bool awaits_values = awaited == places_.status;
  const bool is_it = awaited && awaits_values == has_values;
  if (conversation_->answered(is_it ? *awaited : ~size_t{0}, at)) return true;
  sink.fact({.kind = FactKind::note, .name = "late_answer"});
  return false;
}

void Decoder::publish(std::string_view values, sdk::Sink& sink) const {
  while (!values.empty()) {
    const Value value = next_value(values);
    publish_one(value.letter, sdk::parse_hex(value.digits).value_or(0), value.digits, sink);
  }
}

void Decoder::publish_one(char letter, uint32_t value, std::string_view digits,
                          sdk::Sink& sink) const {
  const auto in_range = [](uint32_t raw, uint32_t most, uint32_t shown) {
    const bool is_possible = raw <= most;
    return is_possible ? Reading::ok(static_cast<int32_t>(shown))
                       : Reading::missing(Reason::out_of_range);
  };
  const auto note = [&](std::string_view name) {
    sink.fact({.kind = FactKind::note, .name = name, .text = digits, .present = value != 0});
  };
  switch (letter) {
    case 'd':
      sink.sample(rate_set_, in_range(value, kRateMax, value));
      return;
    case 'r':
      sink.sample(delivered_, in_range(value, kVolumeMax, value / 100 + (value % 100 >= 50)));
      return;
    case 'a':
      sink.sample(other_, Reading::ok(value != 0 ? 1 : 0));
      note("alarm_code");
      return;
    case 'e':
      sink.sample(system_error_, Reading::ok(value != 0 ? 1 : 0));
      note("error_code");
      return;
    case 'm':
      note("mode_code");
      return;
    default:
      return;  // variables that the catalogue does not name
  }
}

void Decoder::end(sdk::Sink&) { counters_.bytes_skipped += framer_.drop(); }

std::vector<SignalId> signals_sent() {
  return {pump("rate_set"), pump("delivered"), pump("alarm.other"), pump("alarm.system_error")};
}

}  // namespace lamplight::base_a
