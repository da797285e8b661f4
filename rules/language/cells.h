// Which conditions of a program can be true at all: thresholds cut each signal's range into cells,
// and truth is found by trying one value of each cell. What would take too long stays undecided,
// which is never an error.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "rules/engine/program.h"

namespace lamplight::rules {

enum class Possible : uint8_t { never, sometimes, always, undecided };

// The values of one signal for which a comparison is true: [low, high] within its range.
struct Region {
  engine::SignalIndex signal = engine::kNone;
  bool below = false;      // x <= bound, otherwise x >= bound
  int64_t bound = 0;       // an integer of the signal's steps
  bool has_limit = false;  // the bound depends on a limit
};

class Cells {
 public:
  // Limits have the values of `profiles`. `budget` is shared and counts down.
  Cells(const engine::Program& program, engine::ProfileSet profiles, int64_t& budget)
      : program_(program), profiles_(profiles), budget_(budget) {}

  Possible of(engine::OpIndex op);
  // The region of a comparison of one signal, or nothing.
  std::optional<Region> region(engine::OpIndex op) const;

 private:
  struct Variable {
    std::vector<int64_t> values;
    size_t at = 0;
  };
  struct Problem {
    std::vector<engine::OpIndex> operations;  // rising
    std::map<engine::SignalIndex, Variable> signals;
    std::map<engine::OpIndex, Variable> free;
    double size = 1;
  };

  Problem collect(engine::OpIndex op);
  Possible number(const engine::Operation& o) const;
  Possible area(const engine::Operation& o) const;
  void cut(const engine::Signal& signal, engine::OpIndex op, Variable& variable) const;
  bool holds(const Problem& problem, engine::OpIndex op, std::vector<char>& truth) const;
  bool atom(const Problem& problem, engine::OpIndex op) const;
  int64_t limits_part(const engine::Linear& linear) const;

  const engine::Program& program_;
  engine::ProfileSet profiles_;
  int64_t& budget_;
  std::map<engine::OpIndex, Possible> known_;
};

}  // namespace lamplight::rules
