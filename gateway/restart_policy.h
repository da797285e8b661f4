// When a child that died may start again, and when its dying is an alarm of its own: 0.1 s
// doubling to 10 s with ± 20 % jitter, from the start again after 60 s of life; more than 5 deaths
// in 60 s are "failing". Pure: it is given `now` and a seed.
#pragma once

#include <cstdint>
#include <deque>

#include "rules/model/time.h"

namespace lamplight {

class RestartPolicy {
 public:
  explicit RestartPolicy(uint64_t seed) : random_(seed | 1U) {}

  void started(MonoTime now) { started_ = now; }
  // The instant of the next start.
  MonoTime died(MonoTime now);

  // More than 5 deaths in the last 60 s.
  bool is_failing(MonoTime now) const;
  // When is_failing() turns false if nothing more dies; kNever while it is false.
  MonoTime failing_until(MonoTime now) const;
  uint64_t deaths() const { return deaths_; }

 private:
  uint64_t random_;
  MonoTime started_;
  Duration delay_;               // of the next restart; 0: the first one
  std::deque<MonoTime> recent_;  // the last 6 deaths
  uint64_t deaths_ = 0;
};

}  // namespace lamplight
