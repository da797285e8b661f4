#include "drivers/sdk/decimal.h"

#include <charconv>

namespace lamplight::sdk {
namespace {

constexpr size_t kWholeDigitsMax = 7;
constexpr size_t kFractionDigitsMax = 9;

bool is_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

// The fraction's value in steps, and whether the digits behind them round it up.
int64_t steps_of(std::string_view fraction, int decimals) {
  int64_t steps = 0;
  for (int i = 0; i < decimals; ++i) {
    const auto at = static_cast<size_t>(i);
    steps = steps * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
  }
  const auto next = static_cast<size_t>(decimals);
  const bool rounds_up = next < fraction.size() && fraction[next] >= '5';
  return steps + (rounds_up ? 1 : 0);
}

}  // namespace

std::optional<int32_t> parse_decimal(std::string_view text, int decimals) {
  const bool has_sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  const bool is_negative = has_sign && text[0] == '-';
  if (has_sign) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!is_digits(whole) || whole.size() > kWholeDigitsMax) return std::nullopt;
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = text.substr(point + 1);
    if (!is_digits(fraction) || fraction.size() > kFractionDigitsMax) return std::nullopt;
  }
  int64_t value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  for (int i = 0; i < decimals; ++i) value *= 10;
  value += steps_of(fraction, decimals);
  if (value > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(is_negative ? -value : value);
}

std::optional<uint32_t> parse_hex(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace lamplight::sdk
