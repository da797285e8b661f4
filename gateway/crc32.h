// CRC-32 (IEEE 802.3, reflected), as zlib computes it. Finds torn and foreign records; it is no
// protection against anybody.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lamplight {

namespace crc_detail {
constexpr std::array<uint32_t, 256> table() {
  std::array<uint32_t, 256> entries{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    entries[i] = remainder;
  }
  return entries;
}
inline constexpr std::array<uint32_t, 256> kTable = table();
}  // namespace crc_detail

// `before` continues a sum over several pieces.
constexpr uint32_t crc32(std::span<const std::byte> bytes, uint32_t before = 0) {
  uint32_t sum = ~before;
  for (const std::byte b : bytes) {
    sum = crc_detail::kTable[(sum ^ static_cast<uint8_t>(b)) & 0xFFU] ^ (sum >> 8U);
  }
  return ~sum;
}

}  // namespace lamplight
