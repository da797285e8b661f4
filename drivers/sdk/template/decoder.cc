#include "decoder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/sdk/decimal.h"
#include "drivers/sdk/signals.h"

namespace acorn {
namespace {

using lamplight::Reason;
using lamplight::Role;
using lamplight::sdk::Fact;
using lamplight::sdk::FactKind;
using lamplight::sdk::LineVerdict;
using lamplight::sdk::Reading;

// STATUS, bit by bit. Every bit has a name of the catalogue; one that has none there is "other",
// and so is a reserved one: an alarm that nobody can name is an alarm.
constexpr unsigned kProbeOff = 0x01, kSearching = 0x02, kPoorSignal = 0x04, kFault = 0x80;
constexpr std::array<std::pair<unsigned, const char*>, 7> kBits = {{
    {kProbeOff, "alarm.probe_off"},
    {kSearching, "alarm.searching"},
    {kPoorSignal, "alarm.poor_signal"},
    {0x08, "alarm.low_battery"},
    {0x10, "alarm.spo2_low"},
    {0x20, "silenced"},
    {kFault | 0x40, "alarm.other"},
}};

// Cuts `text` at the next comma; the rest stays in `text`.
std::string_view take_field(std::string_view& text) {
  const size_t comma = std::min(text.find(','), text.size());
  const std::string_view field = text.substr(0, comma);
  text.remove_prefix(std::min(comma + 1, text.size()));
  return field;
}

// What stands before "*SUM", if the sum is right.
std::optional<std::string_view> checked(std::string_view text) {
  if (text.size() < 4 || text[text.size() - 3] != '*') return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - 3);
  unsigned sum = 0;
  for (const char c : body) sum ^= static_cast<unsigned char>(c);
  const auto said = lamplight::sdk::parse_hex(text.substr(text.size() - 2));
  if (!said || *said != sum) return std::nullopt;
  return body;
}

// Exactly `width` digits; nothing else is a number.
std::optional<int> digits(std::string_view text, size_t width) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != width || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  return lamplight::sdk::parse_decimal(text, 0);
}

// Why no number may be believed, whatever digits stand there; none: they may be.
Reason reason_of(unsigned status, bool is_frozen) {
  if ((status & kProbeOff) != 0) return Reason::probe_off;
  if ((status & kFault) != 0) return Reason::device_fault;
  if ((status & kSearching) != 0) return Reason::searching;
  return is_frozen ? Reason::stale : Reason::none;
}

// `value` in the catalogue's step, within what the device can measure.
Reading reading_of(std::optional<int> value, int max, unsigned status, Reason reason) {
  if (reason != Reason::none) return Reading::missing(reason);
  if (!value) return Reading::missing(Reason::searching);
  if (*value == 0 || *value > max) return Reading::missing(Reason::out_of_range);
  return (status & kPoorSignal) != 0 ? Reading::low(*value) : Reading::ok(*value);
}

}  // namespace

Decoder::Decoder()
    : spo2_(lamplight::sdk::signal(Role::oximeter, "spo2")),
      pulse_(lamplight::sdk::signal(Role::oximeter, "pulse")) {
  for (const auto& [mask, name] : kBits) {
    bits_.push_back({mask, lamplight::sdk::signal(Role::oximeter, name)});
  }
}

LineVerdict Decoder::on_line(std::string_view text, lamplight::MonoTime at,
                             lamplight::sdk::Sink& sink) {
  const auto body = checked(text);
  // The port is usually opened in the middle of a line: no error of the device or the cable.
  if (!body) return is_first_line() ? LineVerdict::no_data : LineVerdict::bad;
  std::string_view rest = *body;
  const std::string_view kind = take_field(rest);
  const bool is_told = kind == "OX2"   ? tell_reading(rest, at, sink)
                       : kind == "ID2" ? tell_identity(rest, at, sink)
                                       : false;
  return is_told ? LineVerdict::good : LineVerdict::bad;
}

bool Decoder::tell_reading(std::string_view rest, lamplight::MonoTime at,
                           lamplight::sdk::Sink& sink) {
  const auto seq = digits(take_field(rest), 3);
  const std::string_view spo2_text = take_field(rest);
  const std::string_view pulse_text = take_field(rest);
  const auto status = lamplight::sdk::parse_hex(rest);
  const auto spo2 = digits(spo2_text, 4);    // 0.1 %, which is the catalogue's step
  const auto pulse = digits(pulse_text, 3);  // 1/min; the catalogue's step is 0.1
  if (!seq || !status || *status > 0xFF) return false;
  if (!spo2 && spo2_text != "----") return false;
  if (!pulse && pulse_text != "---") return false;

  const bool is_frozen = last_seq_ == *seq;
  last_seq_ = *seq;
  const Reason reason = reason_of(*status, is_frozen);
  sink.frame(at);  // first: what follows was read at `at`
  sink.sample(spo2_, reading_of(spo2, 1000, *status, reason));
  const std::optional<int> tenths = pulse ? std::optional(*pulse * 10) : std::nullopt;
  sink.sample(pulse_, reading_of(tenths, 3000, *status, reason));
  for (const Bit& bit : bits_) {
    sink.sample(bit.signal, Reading::ok((*status & bit.mask) != 0 ? 1 : 0));
  }
  return true;
}

bool Decoder::tell_identity(std::string_view rest, lamplight::MonoTime at,
                            lamplight::sdk::Sink& sink) {
  const std::string_view model = take_field(rest);
  if (model.empty() || rest.empty()) return false;
  last_seq_.reset();  // it has just been switched on
  sink.frame(at);
  sink.fact({.kind = FactKind::identity, .name = "model", .text = model});
  sink.fact({.kind = FactKind::identity, .name = "serial", .text = rest});
  return true;
}

std::vector<lamplight::SignalId> signals_sent() {
  std::vector<lamplight::SignalId> ids = {lamplight::sdk::signal(Role::oximeter, "spo2"),
                                          lamplight::sdk::signal(Role::oximeter, "pulse")};
  for (const auto& [mask, name] : kBits) {
    ids.push_back(lamplight::sdk::signal(Role::oximeter, name));
  }
  return ids;
}

}  // namespace acorn
