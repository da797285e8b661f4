// The 16-bit SFLOAT of IEEE 11073: four bits of exponent, twelve of mantissa, both signed; five
// values mean that there is none. Turned into whole steps without a floating-point number.
#pragma once

#include <cstdint>
#include <optional>

namespace lamplight::plx {

// NaN, "not at this resolution", both infinities, and the reserved one.
bool is_special(uint16_t sfloat);

// value × 10^decimals, rounded half away from zero; nothing if special or beyond ±10^9.
std::optional<int32_t> steps_of(uint16_t sfloat, int decimals);

}  // namespace lamplight::plx
