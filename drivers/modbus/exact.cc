#include "drivers/modbus/exact.h"

#include <array>
#include <bit>
#include <numeric>

#include "rules/model/limits.h"

namespace lamplight::modbus {
namespace {

// Keeps every product below 2^127: 2^54 of a register × 10^9 × 10^9.
constexpr int64_t kPartMax = 1'000'000'000;

__extension__ using Wide = __int128;

Fraction reduced(Fraction f) {
  const int64_t divisor = std::gcd(f.num, f.den);
  return divisor > 1 ? Fraction{f.num / divisor, f.den / divisor} : f;
}

std::optional<int32_t> rounded(Wide num, Wide den) {
  const bool negative = num < 0;
  if (negative) num = -num;
  const Wide value = (2 * num + den) / (2 * den);
  if (value > limits::kSampleAbsMax) return std::nullopt;
  const auto magnitude = static_cast<int32_t>(value);
  return negative ? -magnitude : magnitude;
}

// raw / raw_den through the scaling.
std::optional<int32_t> scaled(const Scaling& s, Wide raw, Wide raw_den) {
  const Wide num = raw * s.num * s.offset_den + static_cast<Wide>(s.offset_num) * s.den * raw_den;
  return rounded(num, static_cast<Wide>(s.den) * s.offset_den * raw_den);
}

struct UnitRow {
  std::string_view unit;
  std::string_view base;
  Fraction in_base;
};
// 1 mbar = 1 hPa, 1 kPa = 10 hPa, 1 cmH2O = 0.980665 hPa exactly (rules language, section 3).
constexpr std::array<UnitRow, 16> kUnits = {{
    {"cmH2O", "hPa", {980665, 1000000}},
    {"hPa", "hPa", {1, 1}},
    {"mbar", "hPa", {1, 1}},
    {"kPa", "hPa", {10, 1}},
    {"mL", "mL", {1, 1}},
    {"L", "mL", {1000, 1}},
    {"mL/h", "mL/h", {1, 1}},
    {"mL/min", "mL/h", {60, 1}},
    {"L/min", "L/min", {1, 1}},
    {"s", "s", {1, 1}},
    {"ms", "s", {1, 1000}},
    {"min", "s", {60, 1}},
    {"h", "s", {3600, 1}},
    {"percent", "percent", {1, 1}},
    {"bpm", "bpm", {1, 1}},
    {"breaths/min", "breaths/min", {1, 1}},
}};

const UnitRow* find_unit(std::string_view name) {
  for (const UnitRow& row : kUnits) {
    if (row.unit == name) return &row;
  }
  return nullptr;
}

}  // namespace

std::optional<Fraction> parse_fraction(std::string_view text) {
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  Fraction result;
  int before = 0;
  int after = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (point ? ++after > 6 : ++before > 6) return std::nullopt;
    result.num = result.num * 10 + (c - '0');
    if (point) result.den *= 10;
  }
  if (before == 0 || (point && after == 0)) return std::nullopt;
  if (negative) result.num = -result.num;
  return reduced(result);
}

std::optional<Fraction> unit_factor(std::string_view from, std::string_view to) {
  if (from == to) return Fraction{1, 1};
  const UnitRow* a = find_unit(from);
  const UnitRow* b = find_unit(to);
  if (a == nullptr || b == nullptr || a->base != b->base) return std::nullopt;
  return multiply(a->in_base, {b->in_base.den, b->in_base.num});
}

std::optional<Fraction> multiply(Fraction a, Fraction b) {
  const Fraction left = reduced({a.num, b.den});
  const Fraction right = reduced({b.num, a.den});
  const Wide num = static_cast<Wide>(left.num) * right.num;
  const Wide den = static_cast<Wide>(left.den) * right.den;
  if (num > kPartMax || num < -kPartMax || den > kPartMax) return std::nullopt;
  return Fraction{static_cast<int64_t>(num), static_cast<int64_t>(den)};
}

std::optional<int32_t> apply(const Scaling& s, int64_t raw) { return scaled(s, raw, 1); }

std::optional<int32_t> apply_float(const Scaling& s, uint32_t bits) {
  const int exponent = static_cast<int>((bits >> 23) & 0xFF);
  if (exponent == 0xFF) return std::nullopt;  // NaN or infinity
  int64_t mantissa = bits & 0x7FFFFF;
  if (exponent != 0) mantissa |= 0x800000;
  if ((bits >> 31) != 0) mantissa = -mantissa;
  // value = mantissa × 2^shift
  const int shift = (exponent == 0 ? 1 : exponent) - 127 - 23;
  if (shift > 30) return mantissa == 0 ? scaled(s, 0, 1) : std::nullopt;  // above 2^53
  if (shift >= 0) return scaled(s, mantissa * (int64_t{1} << shift), 1);
  if (shift < -40) return scaled(s, 0, 1);  // below 2^-16: under half a step of every signal
  return scaled(s, mantissa, static_cast<Wide>(1) << -shift);
}

bool float_is_outside(uint32_t bits, std::optional<int64_t> low, std::optional<int64_t> high) {
  // Comparing rounds nothing: the same on every build.
  const auto value = static_cast<double>(std::bit_cast<float>(bits));
  return (low && value < static_cast<double>(*low)) || (high && value > static_cast<double>(*high));
}

}  // namespace lamplight::modbus
