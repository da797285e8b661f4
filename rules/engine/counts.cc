// `count of (a) starting within W >= k`: the newest k starts in a ring, and when one of them drops
// out or the unknown time does (language, 4.3).
#include <algorithm>

#include "rules/engine/core.h"

namespace lamplight::engine {

int64_t Engine::Core::starts_within(OpIndex index, int64_t t) const {
  const CountState& s = counts[plan.record[index]];
  const int64_t* ring = &starts[plan.ring_of[plan.record[index]]];
  const int64_t length = lengths[program.operations[index].first];
  return std::count_if(ring, ring + s.filled, [&](int64_t start) { return start > t - length; });
}

void Engine::Core::evaluate_count(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  CountState& s = counts[plan.record[index]];
  int64_t* ring = &starts[plan.ring_of[plan.record[index]]];
  const auto most = static_cast<uint8_t>(op.value);
  const Truth inner = truth(op.a);
  if (inner == Truth::unknown) {
    s.unknown_end = kOpen;
    s.reasons = ops[op.a].reasons;
  } else {
    if (s.unknown_end == kOpen || s.unknown_end == kUnset) s.unknown_end = t;
    if (inner == Truth::yes && s.last_known != static_cast<uint8_t>(Truth::yes)) {
      ring[s.next] = t;
      s.next = static_cast<uint8_t>((s.next + 1) % most);
      s.filled = std::max(s.filled, s.next == 0 ? most : s.next);
    }
    s.last_known = static_cast<uint8_t>(inner);
  }
  const int64_t length = lengths[op.first];
  Truth verdict = Truth::no;
  int64_t due = kOpen;
  if (s.filled == most && ring[s.next] > t - length) {  // the oldest of the newest k
    verdict = Truth::yes;
    due = ring[s.next] + length;
  } else if (s.unknown_end == kOpen) {
    verdict = Truth::unknown;
  } else if (s.unknown_end + length > t) {
    verdict = Truth::unknown;
    due = s.unknown_end + length;
  }
  deadlines.arm(plan.timer_slot(index), due);
  settle(index, verdict, s.reasons, t);
}

}  // namespace lamplight::engine
