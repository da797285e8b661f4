// Limits and delays over a range: what would ring at each combination. A program is compiled once
// and its numbers replaced, which the compiler's proofs allow within `allowed`; atoms of the same
// limit are scanned once. A swept limit holds by day and by night, whatever the profiles say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rules/model/result.h"
#include "rules/replay/whatif/compare.h"
#include "rules/replay/whatif/summary.h"

namespace lamplight::replay {

inline constexpr size_t kSweepValuesMax = 100;  // of one axis
inline constexpr size_t kSweepAxesMax = 2;

struct Axis {
  std::string name;                          // a limit, or "delay"
  engine::LimitIndex limit = engine::kNone;  // kNone: the delay of the alarms that are swept
  std::vector<int64_t> values;               // in the limit's steps; of durations in ns
  std::vector<std::string> labels;           // "84 percent", "10 s"
};

// "spo2_low=84..94", "spo2_low=84..94/0.5", "delay=0s..30s/5s", "spo2_low=84,88,90".
[[nodiscard]] Result<Axis> parse_axis(const engine::Program& program, const std::string& text);

// The alarms a sweep is about: those whose `when` reads a swept limit; with a delay alone, those
// whose `when` is held `for` a time. The error says what is missing.
[[nodiscard]] Result<std::vector<bool>> swept_alarms(const engine::Program& program,
                                                     const std::vector<Axis>& axes);

// The program with one value of an axis in it.
void set_value(engine::Program& program, const Axis& axis, int64_t value,
               const std::vector<bool>& alarms);

struct Cell {
  std::vector<int64_t> values;  // one an axis
  Summary summary;
  int64_t unannounced_ns = 0;  // beside the old rules
};

struct Sweep {
  std::vector<Axis> axes;           // one or two
  std::vector<std::string> alarms;  // that it is about
  std::vector<Cell> cells;          // the last axis runs fastest
  Summary old_summary;              // what the old rules say of the same alarms
};

struct SweepAsk {
  const Side& old_side;
  const engine::Program& program;
  const Recording& recording;
  const std::vector<Night>& nights;
  const std::vector<Axis>& axes;
  std::function<void(double)> done{};
};
[[nodiscard]] Result<Sweep> sweep(const SweepAsk& ask, AtomCache& cache);

}  // namespace lamplight::replay
