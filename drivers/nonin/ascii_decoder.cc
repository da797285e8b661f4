#include "drivers/nonin/ascii_decoder.h"

#include <optional>

namespace lamplight::nonin {
namespace {

struct Line {
  int spo2 = kSpo2Missing;
  int pulse = kPulseMissing;
  bool has_event_mark = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes `expected` from the front of `rest`.
bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

void take_spaces(std::string_view& rest) {
  while (take(rest, " ")) {
  }
}

// One to three digits, or dashes, which leave `into` as it is: missing.
bool take_number(std::string_view& rest, int& into) {
  size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  if (digits > 3) return false;
  if (digits == 0) {
    if (!take(rest, "-")) return false;
    while (take(rest, "-")) {
    }
    return true;
  }
  into = 0;
  for (size_t i = 0; i < digits; ++i) into = into * 10 + (rest[i] - '0');
  rest.remove_prefix(digits);
  return true;
}

// "HH:MM:SS ", if the line begins with a digit.
bool take_time(std::string_view& rest) {
  if (rest.empty() || !is_digit(rest[0])) return true;
  constexpr std::string_view kShape = "00:00:00 ";
  if (rest.size() < kShape.size()) return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == '0' ? is_digit(rest[i]) : rest[i] == kShape[i];
    if (!fits) return false;
  }
  rest.remove_prefix(kShape.size());
  return true;
}

std::optional<Line> parse(std::string_view rest) {
  Line line;
  if (!take_time(rest)) return std::nullopt;
  take_spaces(rest);
  if (!take(rest, "SPO2=") || !take_number(rest, line.spo2)) return std::nullopt;
  take(rest, "F");  // fast-responding values: the same meaning to us
  if (!take(rest, " ")) return std::nullopt;
  take_spaces(rest);
  if (!take(rest, "HR=") || !take_number(rest, line.pulse)) return std::nullopt;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    if (std::string_view(" FB*").find(rest[0]) == std::string_view::npos) return std::nullopt;
    line.has_event_mark = line.has_event_mark || rest[0] == '*';
  }
  return line;
}

}  // namespace

sdk::LineVerdict AsciiDecoder::on_line(std::string_view text, MonoTime at, sdk::Sink& sink) {
  const auto line = parse(text);
  if (!line) {
    const bool is_heading = text.find('=') == std::string_view::npos;
    return is_first_line() || is_heading ? sdk::LineVerdict::no_data : sdk::LineVerdict::bad;
  }
  sink.frame(at);
  sink.sample(signals_.spo2, spo2_reading(line->spo2, {}));
  sink.sample(signals_.pulse, pulse_reading(line->pulse, {}));
  publish_note("event_mark", line->has_event_mark, sink);
  return sdk::LineVerdict::good;
}

}  // namespace lamplight::nonin
