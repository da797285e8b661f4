// A small seeded generator (SplitMix64) and a slow wander. The standard distributions differ
// between standard libraries; a scenario must play the same everywhere.
#pragma once

#include <cstdint>

namespace lamplight::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // Uniform in [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  uint8_t byte() { return static_cast<uint8_t>(next()); }

 private:
  uint64_t state_;
};

// A value that walks by single steps and never leaves [-reach, +reach]: a living baseline that
// crosses no limit.
class Wander {
 public:
  explicit Wander(int32_t reach) : reach_(reach) {}
  void step(Random& random) {
    const auto move = static_cast<int32_t>(random.between(-1, 1));
    const int32_t to = value_ + move;
    if (to >= -reach_ && to <= reach_) value_ = to;
  }
  int32_t value() const { return value_; }

 private:
  int32_t reach_;
  int32_t value_ = 0;
};

}  // namespace lamplight::sim
