#include "drivers/nellcor/line.h"

#include <algorithm>

#include "drivers/sdk/decimal.h"

namespace lamplight::nellcor {
namespace {

constexpr size_t kTimeChars = 18;  // "DD-MMM-YY HH:MM:SS"
constexpr int32_t kSpo2Max = 100, kPulseMax = 300, kAmplitudeMax = 254;
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

bool is_printable(char c) { return c >= ' ' && c <= '~'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool is_pair_within(std::string_view text, size_t at, int min, int max) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) return false;
  const int value = (text[at] - '0') * 10 + text[at + 1] - '0';
  return value >= min && value <= max;
}

// The next word of `rest`; empty at the end.
std::string_view take_word(std::string_view& rest) {
  const size_t from = std::min(rest.find_first_not_of(' '), rest.size());
  const size_t to = std::min(rest.find(' ', from), rest.size());
  const std::string_view word = rest.substr(from, to - from);
  rest.remove_prefix(to);
  return word;
}

bool take_field(std::string_view& rest, int32_t max, Field& into) {
  std::string_view word = take_word(rest);
  into.is_marked = word.ends_with('*');
  if (into.is_marked) word.remove_suffix(1);
  if (word.empty() || word.size() > 3) return false;
  if (word.find_first_not_of('-') == std::string_view::npos) return true;
  if (!std::ranges::all_of(word, is_digit)) return false;
  into.number = sdk::parse_decimal(word, 0);
  return into.number && *into.number <= max;
}

// What follows `label` up to the next space; empty if the label is not there.
std::string_view after(std::string_view text, std::string_view label) {
  const size_t at = text.find(label);
  if (at == std::string_view::npos) return {};
  std::string_view rest = text.substr(at + label.size());
  return take_word(rest);
}

}  // namespace

bool begins_with_time(std::string_view text) {
  if (text.size() <= kTimeChars || text[kTimeChars] != ' ') return false;
  const bool has_marks =
      text[2] == '-' && text[6] == '-' && text[9] == ' ' && text[12] == ':' && text[15] == ':';
  const bool has_month = std::ranges::find(kMonths, text.substr(3, 3)) != kMonths.end();
  return has_marks && has_month && is_pair_within(text, 0, 1, 31) &&
         is_pair_within(text, 7, 0, 99) && is_pair_within(text, 10, 0, 23) &&
         is_pair_within(text, 13, 0, 59) && is_pair_within(text, 16, 0, 59);
}

std::optional<Line> parse_line(std::string_view text) {
  if (!begins_with_time(text) || !std::ranges::all_of(text, is_printable)) return std::nullopt;
  std::string_view rest = text.substr(kTimeChars);
  Line line;
  line.clock = text.substr(0, kTimeChars);
  Field amplitude;
  if (!take_field(rest, kSpo2Max, line.spo2)) return std::nullopt;
  if (!take_field(rest, kPulseMax, line.pulse)) return std::nullopt;
  if (!take_field(rest, kAmplitudeMax, amplitude)) return std::nullopt;
  for (std::string_view word; !(word = take_word(rest)).empty();) {
    const bool is_code = word.size() == 2 && is_capital(word[0]) && is_capital(word[1]);
    if (!is_code || line.code_count == kCodesMax) return std::nullopt;
    line.codes[line.code_count++] = word;
  }
  return line;
}

bool parse_heading(std::string_view text, Heading& heading) {
  if (!std::ranges::all_of(text, is_printable)) return false;
  const bool is_titles = text.starts_with("TIME") && text.find("BPM") != std::string_view::npos;
  const bool is_mode = text.find("MODE:") != std::string_view::npos;
  if (is_titles || is_mode || text.find_first_not_of(' ') == std::string_view::npos) return true;
  heading.firmware = after(text, "VERSION ");
  if (heading.firmware.empty()) return false;
  std::string_view rest = text;
  heading.model = take_word(rest);
  heading.spo2_limits = after(text, "SpO2 Limit: ");
  heading.pulse_limits = after(text, "PR Limit: ");
  return true;
}

}  // namespace lamplight::nellcor
