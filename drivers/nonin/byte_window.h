// A small fixed window over the stream, for framers: bytes come in at the end, are looked at, and
// leave at the front. Never grows; a framer must take from a full window before it adds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "rules/model/assert.h"

namespace lamplight::nonin {

template <size_t kCapacity>
class ByteWindow {
 public:
  size_t size() const { return length_; }
  uint8_t operator[](size_t i) const { return bytes_[i]; }
  void add(uint8_t byte) {
    LL_ASSERT(length_ < kCapacity);
    bytes_[length_++] = byte;
  }
  void take(size_t n) {
    LL_ASSERT(n <= length_);
    std::copy(bytes_.begin() + static_cast<ptrdiff_t>(n),
              bytes_.begin() + static_cast<ptrdiff_t>(length_), bytes_.begin());
    length_ -= n;
  }

 private:
  std::array<uint8_t, kCapacity> bytes_{};
  size_t length_ = 0;
};

// Replies to commands that the device may put between frames, never inside one.
inline bool is_control(uint8_t byte) { return byte == 0x02 || byte == 0x06 || byte == 0x15; }

}  // namespace lamplight::nonin
