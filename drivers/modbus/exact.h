// Exact decimal text to a fraction, and the fraction's application to a register: integers only,
// so that every build turns the same registers into the same values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "drivers/modbus/register_map.h"

namespace lamplight::modbus {

struct Fraction {
  int64_t num = 0;
  int64_t den = 1;
};

// "0.1" → 1/10, "-12.5" → -25/2; at most 6 digits before and 6 after the point.
std::optional<Fraction> parse_fraction(std::string_view text);

// How many catalogue units one `from` is ("hPa" → "cmH2O"), if they measure the same thing.
std::optional<Fraction> unit_factor(std::string_view from, std::string_view to);

// Nothing if the reduced product has a numerator or denominator above 10^9.
std::optional<Fraction> multiply(Fraction a, Fraction b);

// raw through the scaling, rounded half away from zero; nothing if it leaves ±2^30.
std::optional<int32_t> apply(const Scaling& scaling, int64_t raw);

// The same for a float32 given as its bits; NaN and infinities are nothing.
std::optional<int32_t> apply_float(const Scaling& scaling, uint32_t bits);

// Whether a float32 given as its bits lies outside the inclusive bounds; NaN lies outside of none.
bool float_is_outside(uint32_t bits, std::optional<int64_t> low, std::optional<int64_t> high);

}  // namespace lamplight::modbus
