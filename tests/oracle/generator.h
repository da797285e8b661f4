// Random rules of the language's slice and random traces for them: gaps, jitter, missing and late
// samples, ties with deadlines. A text, so that the parser and the compiler are tested with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/oracle/oracle.h"

namespace lamplight::oracle {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  uint64_t below(uint64_t n) {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return (x ^ (x >> 31)) % n;
  }
  bool chance(uint64_t percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

std::string random_rules(Random& random);

struct Trace {
  std::vector<Moment> moments;
  int64_t start = 0;
  int64_t end = 0;
};
inline constexpr size_t kSamplesMin = 200;  // of a trace
Trace random_trace(Random& random, const rules::ast::File& file);

}  // namespace lamplight::oracle
