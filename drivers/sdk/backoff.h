// How long to wait before the next try: 0.25 s doubling to 10 s, each ± 20 %, so that a box full
// of drivers does not knock in step after a power cut. Pure; the seed makes it repeatable.
#pragma once

#include <algorithm>
#include <cstdint>

#include "rules/model/time.h"

namespace lamplight::sdk {

class Backoff {
 public:
  static constexpr Duration kFirst = milliseconds(250);
  static constexpr Duration kLast = seconds(10);

  explicit Backoff(uint32_t seed) : state_(seed | 1U) {}

  // The wait before the next try; the one after it is twice as long.
  Duration next() {
    const Duration base = wait_;
    wait_ = std::min(wait_ * 2, kLast);
    return {base.ns * (800 + static_cast<int64_t>(random() % 401)) / 1000};
  }
  // It works again.
  void reset() { wait_ = kFirst; }

 private:
  // xorshift32: enough to spread knocks.
  uint32_t random() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  uint32_t state_;
  Duration wait_ = kFirst;
};

}  // namespace lamplight::sdk
