// Made-up months of a child's readings for the benchmark and for tests of the command line: ten
// numeric signals at 1 Hz, saturation that dips now and then, a probe that comes off.
#pragma once

#include <cstdint>
#include <string>

#include "rules/engine/program.h"
#include "rules/replay/recording.h"

namespace lamplight::bench {

inline constexpr size_t kSignals = 10;
extern const char* const kPaths[kSignals];

// Rules over the first `signals` of them; rule n reads signal n % signals.
std::string rules_text(size_t rules);
engine::Program compiled(const std::string& text);

struct Sample {
  int64_t t = 0;
  int32_t value = 0;
  uint8_t worth = 0;
};
// Sample after sample of one signal, the same for the same seed.
class Life {
 public:
  Life(size_t signal, bool jitter);
  Sample next();

 private:
  uint64_t random();
  size_t signal_;
  bool jitter_;
  uint64_t state_;
  int64_t second_ = 0;
  int32_t base_;
  int32_t drift_ = 0;
  int dip_left_ = 0;
  int off_left_ = 0;
  int32_t depth_ = 0;
};

// The store of so many days, as a gateway leaves it; false: it could not be written.
bool make_store(const std::string& dir, int days);

}  // namespace lamplight::bench
