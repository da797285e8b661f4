#include "drivers/masimo/line.h"

#include <algorithm>
#include <array>

#include "drivers/sdk/decimal.h"

namespace lamplight::masimo {
namespace {

constexpr size_t kTimeChars = kClockChars + 1;  // and a blank

struct NumberKey {
  std::string_view key;
  int decimals;
  int32_t min;
  int32_t max;
  Field Line::* into;  // nullptr: checked, not used
};

// Ranges: what the device can display (SpO2 and PI: Rad-8 manual; the vectors hold PR 240). The
// pulse limit leaves room for other models. Keys we do not use are checked as well, because a
// garbled one says that the line is garbled. 0 is left to the decoder.
constexpr std::array<NumberKey, 9> kNumberKeys = {{
    {"SPO2", 1, 0, 1000, &Line::spo2},
    {"BPM", 1, 0, 3000, &Line::pulse},
    {"PI", 2, 0, 2000, &Line::perfusion},
    {"SPCO", 1, 0, 1000, nullptr},
    {"SPMET", 1, 0, 1000, nullptr},
    {"SPHB", 1, 0, 1000, nullptr},
    {"DESAT", 0, 0, 999, nullptr},
    {"PIDELTA", 0, -999, 999, nullptr},
    {"PVI", 0, 0, 100, nullptr},
}};

struct BitsKey {
  std::string_view key;
  Bits Line::* into;
};
constexpr std::array<BitsKey, 3> kBitsKeys = {
    {{"ALARM", &Line::alarm}, {"EXC", &Line::exc}, {"EXC1", &Line::exc1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c >= ' ' && c <= '~'; }

bool is_two_digits_within(std::string_view text, size_t at, int min, int max) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) return false;
  const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value >= min && value <= max;
}

// "---", "--.-", "+--", each with or without '%' (already removed).
bool is_dashes(std::string_view value) {
  return value.find('-') != std::string_view::npos &&
         value.find_first_not_of("+-.") == std::string_view::npos;
}

bool read_number(std::string_view value, const NumberKey& key, Line& line) {
  if (value.ends_with('%')) value.remove_suffix(1);
  Field field{.is_there = true};
  if (!is_dashes(value)) {
    field.number = sdk::parse_decimal(value, key.decimals);
    if (!field.number || *field.number < key.min || *field.number > key.max) return false;
  }
  if (key.into == nullptr) return true;
  if ((line.*key.into).is_there) return false;  // said twice: which one?
  line.*key.into = field;
  return true;
}

bool read_bits(std::string_view value, Bits& into) {
  if (into.is_there) return false;
  into.is_there = true;
  if (is_dashes(value)) return true;
  if (value.size() < 2) return false;
  into.bits = sdk::parse_hex(value);
  return into.bits.has_value();
}

// One "KEY=value" of the line; false if it is malformed.
bool read_pair(std::string_view token, Line& line) {
  const size_t equals = token.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == token.size()) return false;
  const std::string_view key = token.substr(0, equals);
  const std::string_view value = token.substr(equals + 1);
  for (const NumberKey& known : kNumberKeys) {
    if (known.key == key) return read_number(value, known, line);
  }
  for (const BitsKey& known : kBitsKeys) {
    if (known.key == key) return read_bits(value, line.*known.into);
  }
  if (key == "SN" && !is_dashes(value)) line.serial = value;
  return true;  // keys appear and vanish with model and options
}

}  // namespace

bool begins_with_time(std::string_view text) {
  if (text.size() < kTimeChars) return false;
  const bool has_marks = text[2] == '/' && text[5] == '/' && text[8] == ' ' && text[11] == ':' &&
                         text[14] == ':' && text[17] == ' ';
  return has_marks && is_two_digits_within(text, 0, 1, 12) &&
         is_two_digits_within(text, 3, 1, 31) && is_two_digits_within(text, 6, 0, 99) &&
         is_two_digits_within(text, 9, 0, 23) && is_two_digits_within(text, 12, 0, 59) &&
         is_two_digits_within(text, 15, 0, 59);
}

std::optional<Line> parse_line(std::string_view text) {
  if (text.size() > kLineMax || !begins_with_time(text)) return std::nullopt;
  if (!std::ranges::all_of(text, is_printable)) return std::nullopt;
  Line line;
  line.clock = text.substr(0, kClockChars);
  std::string_view rest = text.substr(kTimeChars);
  while (true) {
    const size_t start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    rest.remove_prefix(start);
    const size_t length = std::min(rest.find(' '), rest.size());
    if (!read_pair(rest.substr(0, length), line)) return std::nullopt;
    rest.remove_prefix(length);
  }
  const bool has_all =
      line.spo2.is_there && line.pulse.is_there && line.alarm.is_there && line.exc.is_there;
  if (!has_all) return std::nullopt;
  return line;
}

}  // namespace lamplight::masimo
