// From samples to truth: on which stretches one signal's value lies in an interval (T), outside it
// (F), or is not known (U). Every atom of one signal is such a question. Whole blocks are skipped
// where their least and greatest value decide; the rest is compared 64 samples at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "rules/replay/column.h"
#include "rules/replay/timeline.h"

namespace lamplight::replay {

// A column as one program reads it: values outside [low, high] are no readings (out of range), and
// a reading holds until the next sample, at most `stale`. No column: never sampled.
struct Reading {
  const Column* column = nullptr;
  int32_t low = INT32_MIN;
  int32_t high = INT32_MAX;
  int64_t stale = 0;
};

// Both ends belong to it; first > last: no value does.
struct Interval {
  int32_t first = INT32_MIN;
  int32_t last = INT32_MAX;
  bool operator==(const Interval&) const = default;
};
struct IntervalStep {
  int64_t t = 0;
  Interval inside;
  bool operator==(const IntervalStep&) const = default;
};

// The values for which coefficient·value + bound < 0.
Interval below_zero(int64_t coefficient, int64_t bound);

// From start to end, both included; the first step stands at `start`.
Timeline scan(const Reading& reading, const std::vector<IntervalStep>& steps, int64_t start,
              int64_t end);

// Nanoseconds of [from, to) in which the signal is known, and its least and greatest value there.
struct Known {
  int64_t ns = 0;
  int32_t min = INT32_MAX;
  int32_t max = INT32_MIN;
  bool any() const { return min <= max; }
};
Known known_in(const Reading& reading, int64_t from, int64_t to);

}  // namespace lamplight::replay
