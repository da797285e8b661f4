// Text → integers, as devices print numbers: strict, bounded, no floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight::sdk {

// "[+-]ddd[.ddd]" scaled by 10^decimals and rounded half away from zero: ("03.605", 2) → 361.
// At most 7 digits before the point and 9 after it; nothing else is a number.
std::optional<int32_t> parse_decimal(std::string_view text, int decimals);

// One to eight hexadecimal digits.
std::optional<uint32_t> parse_hex(std::string_view text);

}  // namespace lamplight::sdk
