#include "drivers/plx/sfloat.h"

#include <cstdlib>

namespace lamplight::plx {
namespace {

constexpr int64_t kMost = 1'000'000'000;

}  // namespace

bool is_special(uint16_t sfloat) {
  return sfloat == 0x07FF || sfloat == 0x0800 || sfloat == 0x07FE || sfloat == 0x0802 ||
         sfloat == 0x0801;
}

std::optional<int32_t> steps_of(uint16_t sfloat, int decimals) {
  if (is_special(sfloat)) return std::nullopt;
  int64_t value = sfloat & 0x0FFF;
  if (value >= 0x0800) value -= 0x1000;
  int exponent = sfloat >> 12;
  if (exponent >= 8) exponent -= 16;
  exponent += decimals;
  for (; exponent > 0; --exponent) {
    value *= 10;
    if (std::llabs(value) > kMost) return std::nullopt;
  }
  int64_t divisor = 1;
  for (; exponent < 0; ++exponent) divisor *= 10;
  const int64_t half = divisor / 2;
  return static_cast<int32_t>((value >= 0 ? value + half : value - half) / divisor);
}

}  // namespace lamplight::plx
