// Areas: shortfall and excess. The slope is constant between two inputs, so the instant at which
// the budget is used up (or paid back) is solved, not found by sampling (language, 4.3).
#include <algorithm>

#include "rules/engine/core.h"

namespace lamplight::engine {
namespace {

using Wide = __int128;

// The area after `span` more at this slope. Time above the limit pays back, never below 0; what is
// unknown freezes it; what would be too large stays at the largest.
int64_t grown(const AreaState& s, int64_t span) {
  if (s.depth == kUnset) return s.area;
  const Wide sum = Wide{s.area} + Wide{s.depth} * span;
  if (sum < 0) return 0;
  return sum > kAreaMax ? kAreaMax : static_cast<int64_t>(sum);
}

// When `area >= budget` changes by itself at this slope; kOpen: never.
int64_t turn_of(const AreaState& s, int64_t budget) {
  if (s.depth == kUnset || s.depth == 0) return kOpen;
  const Wide left = Wide{budget} - s.area;
  Wide span = 0;
  if (s.depth > 0) {
    if (left <= 0 || budget > kAreaMax) return kOpen;
    span = (left + s.depth - 1) / s.depth;  // rounded up to the nanosecond
  } else {
    if (left > 0 || budget <= 0) return kOpen;
    span = -left / -Wide{s.depth} + 1;  // the first nanosecond below it
  }
  const Wide due = s.at + span;
  return due >= kOpen ? kOpen : static_cast<int64_t>(due);
}

}  // namespace

int64_t Engine::Core::area_at(OpIndex index, int64_t t) const {
  const AreaState& s = areas[plan.record[index]];
  return s.at == kUnset ? s.area : grown(s, t - s.at);
}

void Engine::Core::evaluate_area(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  AreaState& s = areas[plan.record[index]];
  const Compared now = sum_of(codes[op.a], t);
  const bool known = now.verdict != Truth::unknown;
  s.area = area_at(index, t);
  s.at = t;
  s.depth = known ? now.sum + codes[op.a].bound : kUnset;
  int64_t forgotten = kOpen;
  if (known && s.depth <= 0) {
    if (s.hold == kUnset) s.hold = t;
    forgotten = s.hold + lengths[op.first];
    if (forgotten <= t) s.area = 0;
  } else {
    s.hold = kUnset;
  }
  const int64_t budget = codes[op.b].bound;
  int64_t due = turn_of(s, budget);
  if (forgotten > t && s.area > 0) due = std::min(due, forgotten);
  deadlines.arm(plan.timer_slot(index), due);
  Truth verdict = known ? Truth::no : Truth::unknown;
  if (s.area >= budget) verdict = Truth::yes;
  OpState& state = ops[index];
  if (state.truth != static_cast<uint8_t>(verdict)) state.samples = 0;
  if (now.sampled) ++state.samples;
  settle(index, verdict, now.reasons, t);
}

}  // namespace lamplight::engine
