// The samples of one `.test` case: those of its traces, made once and sorted, and the steady
// signals', made as they are due. Randomness (jitter, drop) is our own generator, seeded by the
// text, so that a test is the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine/input.h"
#include "rules/engine/program.h"
#include "rules/language/reporter.h"
#include "rules/language/test_ast.h"

namespace lamplight::rules {

// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  // 0 … bound-1
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  uint64_t state_;
};

class Feed {
 public:
  // Times count from 0. Reports what a trace gets wrong (E1, E12).
  Feed(const engine::Program& program, const ast::Case& one, Reporter& reporter);

  Duration end() const { return end_; }  // of the longest trace
  // The next instant at which samples are due; nothing if there are no more up to `until`.
  std::optional<Duration> next_at(Duration until) const;
  // Appends the samples due at `at` and steps over them.
  void take(Duration at, MonoTime zero, std::vector<engine::InputSample>& out);

 private:
  struct Timed {
    Duration at;
    engine::InputSample sample;
  };
  struct Steady {
    engine::SignalIndex signal;
    int32_t value;
    Duration every;
    Duration next;
  };

  void trace(const ast::Trace& from, const engine::Program& program, Reporter& reporter,
             std::vector<bool>& traced);
  void segment(const ast::Segment& from, const engine::Signal& signal, engine::SignalIndex index,
               Duration begin, Reporter& reporter);
  std::optional<engine::InputSample> level(const ast::Level& from, const engine::Signal& signal,
                                           Reporter& reporter) const;

  std::vector<Timed> timed_;
  size_t next_timed_ = 0;
  std::vector<Steady> steady_;
  Duration end_;
};

// For each signal a value at which nothing rings, as far as the signals marked in `traced` (whose
// values are unknown here) leave that open.
std::vector<int32_t> quiet_values(const engine::Program& program, const std::vector<bool>& traced);

}  // namespace lamplight::rules
