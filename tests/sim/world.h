// Virtual time and one heap of what happens next. Equal instants run in the order they were asked
// for, so a seed plays the same everywhere.
#pragma once

#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "rules/model/time.h"
#include "tests/sim/dice.h"

namespace lamplight::world {

class World {
 public:
  explicit World(uint64_t seed) : dice(seed) {}

  MonoTime now() const { return now_; }
  void at(MonoTime when, std::function<void()> what) {
    heap_.push({when < now_ ? now_ : when, ++asked_, std::move(what)});
  }
  void after(Duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

  // False: a million things happened and time did not get there; somebody turns in circles.
  bool run_until(MonoTime end) {
    const uint64_t most = steps_ + 1'000'000;
    while (!heap_.empty() && heap_.top().when <= end) {
      if (steps_ >= most) return false;
      // The heap gives const access only; the entry is popped right after the move.
      auto what = std::move(const_cast<Entry&>(heap_.top()).what);
      now_ = heap_.top().when;
      heap_.pop();
      ++steps_;
      what();
    }
    now_ = end;
    return true;
  }
  uint64_t steps() const { return steps_; }

  Dice dice;

 private:
  struct Entry {
    MonoTime when;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Entry& o) const {  // the earliest on top
      return when != o.when ? when > o.when : order > o.order;
    }
  };
  MonoTime now_{seconds(20).ns};  // a box some seconds after its boot
  uint64_t asked_ = 0;
  uint64_t steps_ = 0;
  std::priority_queue<Entry> heap_;
};

}  // namespace lamplight::world
