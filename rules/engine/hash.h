// A small stable 64-bit hash (FNV-1a over bytes, finished by splitmix64). Stable across machines
// and builds: it names programs and nodes in snapshots. Not for hostile input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lamplight::engine {

class Hasher {
 public:
  Hasher& add(uint64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  Hasher& add(int64_t value) { return add(static_cast<uint64_t>(value)); }
  Hasher& add(int value) { return add(static_cast<uint64_t>(static_cast<int64_t>(value))); }
  Hasher& add(std::string_view text) {
    add(static_cast<uint64_t>(text.size()));
    for (const char c : text) byte(static_cast<uint8_t>(c));
    return *this;
  }
  Hasher& add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) byte(static_cast<uint8_t>(b));
    return *this;
  }
  uint64_t value() const {
    uint64_t x = state_ + 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }

 private:
  void byte(uint8_t b) { state_ = (state_ ^ b) * 0x100000001B3ULL; }
  uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace lamplight::engine
