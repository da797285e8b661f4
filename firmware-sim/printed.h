// Numbers as a device's display prints them: rounded half away from zero to its own digits, with
// the value that is then really on the wire, for the truth log.
#pragma once

#include <cstdint>
#include <string>

namespace lamplight::sim {

struct Printed {
  std::string text;   // "0.152"
  int32_t value = 0;  // what the text says, in the step that was given
};

// `value` has `decimals` digits behind the point; `shown` of them (at most as many) are printed.
inline Printed print_number(int32_t value, int decimals, int shown) {
  int32_t grain = 1;
  for (int i = shown; i < decimals; ++i) grain *= 10;
  const int32_t half = value < 0 ? -grain / 2 : grain / 2;
  const int32_t rounded = (value + half) / grain;
  int32_t whole = 1;
  for (int i = 0; i < shown; ++i) whole *= 10;
  const int32_t size = rounded < 0 ? -rounded : rounded;
  std::string text = (rounded < 0 ? "-" : "") + std::to_string(size / whole);
  if (shown > 0) {
    const std::string fraction = std::to_string(whole + size % whole);
    text += "." + fraction.substr(1);
  }
  return {text, rounded * grain};
}

}  // namespace lamplight::sim
