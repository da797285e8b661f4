// Variable-length integers of the segment format: 7 bits a byte, lowest first, top bit = more.
// The reader never leaves its span; any error makes it `broken` and every later read gives 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lamplight::store {

inline void put_varint(std::vector<std::byte>& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::byte>(value));
}

constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool broken() const { return broken_; }
  bool at_end() const { return position_ == bytes_.size(); }
  size_t left() const { return bytes_.size() - position_; }

  uint8_t u8() {
    if (broken_ || at_end()) {
      broken_ = true;
      return 0;
    }
    return static_cast<uint8_t>(bytes_[position_++]);
  }

  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = u8();
      if (broken_) return 0;
      // The tenth byte may carry one bit; more would be lost silently.
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    broken_ = true;
    return 0;
  }

 private:
  std::span<const std::byte> bytes_;
  size_t position_ = 0;
  bool broken_ = false;
};

}  // namespace lamplight::store
