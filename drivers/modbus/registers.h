// Registers of one reply and the constexpr shifts that read wide values from them. The library's
// own 32-bit and float helpers disagree between builds of one version and are not used.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "drivers/modbus/register_map.h"

namespace lamplight::modbus {

using Registers = std::span<const uint16_t>;

constexpr uint16_t swap_bytes(uint16_t word) {
  return static_cast<uint16_t>((word << 8) | (word >> 8));
}

// `first` and `second` in the order of their addresses.
constexpr uint32_t wide(uint16_t first, uint16_t second, WordOrder order) {
  switch (order) {
    case WordOrder::abcd:
      return (uint32_t{first} << 16) | second;
    case WordOrder::cdab:
      return (uint32_t{second} << 16) | first;
    case WordOrder::badc:
      return (uint32_t{swap_bytes(first)} << 16) | swap_bytes(second);
    case WordOrder::dcba:
      return (uint32_t{swap_bytes(second)} << 16) | swap_bytes(first);
  }
  return 0;
}
// ASCII, two letters a register, up to the first NUL; the first letter in the high byte, or in the
// low one where the bytes are swapped (BADC). What cannot be printed is a question mark.
inline std::string text_of(Registers registers, WordOrder order) {
  std::string text;
  for (uint16_t word : registers) {
    if (order == WordOrder::badc) word = swap_bytes(word);
    for (const int shift : {8, 0}) {
      const char c = static_cast<char>((word >> shift) & 0xFF);
      if (c == '\0') return text;
      text += c >= 0x20 && c < 0x7F ? c : '?';
    }
  }
  return text;
}

static_assert(wide(0x0001, 0xE240, WordOrder::abcd) == 123456);
static_assert(wide(0xE240, 0x0001, WordOrder::cdab) == 123456);
static_assert(wide(0x0100, 0x40E2, WordOrder::badc) == 123456);
static_assert(wide(0x40E2, 0x0100, WordOrder::dcba) == 123456);

}  // namespace lamplight::modbus
