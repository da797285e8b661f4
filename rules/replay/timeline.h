// The truth of a condition over time, right-continuous: what it is from each instant on. The first
// turn stands at the program's start; before it everything is unknown. Turns are few where samples
// are many, and that is why columns are fast.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rules/engine/program.h"

namespace lamplight::replay {

using engine::Truth;

struct Turn {
  int64_t t = 0;
  Truth truth = Truth::unknown;
  bool operator==(const Turn&) const = default;
};

class Timeline {
 public:
  // From t on, which is not before the last turn, it is `truth`.
  void set(int64_t t, Truth truth) {
    if (!turns_.empty() && turns_.back().t == t) {
      turns_.pop_back();
    }
    if (turns_.empty() || turns_.back().truth != truth) turns_.push_back({t, truth});
  }
  const std::vector<Turn>& turns() const { return turns_; }
  size_t size() const { return turns_.size(); }
  const Turn& operator[](size_t i) const { return turns_[i]; }
  Truth at(int64_t t) const {
    const auto after = std::upper_bound(turns_.begin(), turns_.end(), t,
                                        [](int64_t when, const Turn& u) { return when < u.t; });
    return after == turns_.begin() ? Truth::unknown : std::prev(after)->truth;
  }
  bool operator==(const Timeline&) const = default;

 private:
  std::vector<Turn> turns_;
};

inline constexpr int64_t kEnd = INT64_MAX;  // of what has no end

constexpr Truth flip(Truth t) { return static_cast<Truth>(2 - static_cast<int>(t)); }

// A cursor over a timeline: what it is now, and when it turns next.
class Course {
 public:
  explicit Course(const Timeline& line) : line_(line) {}
  Truth now() const { return at_ == 0 ? Truth::unknown : line_[at_ - 1].truth; }
  int64_t next() const { return at_ < line_.size() ? line_[at_].t : kEnd; }
  void go_to(int64_t t) {
    while (next() <= t) ++at_;
  }
  // The same, for a long way.
  void jump_to(int64_t t) {
    const auto& turns = line_.turns();
    const auto after =
        std::upper_bound(turns.begin() + static_cast<std::ptrdiff_t>(at_), turns.end(), t,
                         [](int64_t when, const Turn& u) { return when < u.t; });
    at_ = static_cast<size_t>(after - turns.begin());
  }
  // The next turn to `truth`, gone to; kEnd if there is none.
  int64_t find(Truth truth) {
    while (at_ < line_.size()) {
      const Turn& turn = line_[at_++];
      if (turn.truth == truth) return turn.t;
    }
    return kEnd;
  }

 private:
  const Timeline& line_;
  size_t at_ = 0;
};

// A number that the profiles may change: what it is from each instant on, the first from the start.
struct Step {
  int64_t t = 0;
  int64_t value = 0;
  bool operator==(const Step&) const = default;
};
using Steps = std::vector<Step>;

}  // namespace lamplight::replay
