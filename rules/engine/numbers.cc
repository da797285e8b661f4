// Comparisons with windows and ages in them. Their sums move while nothing comes in, along a
// straight line between two instants, so the instant at which the verdict turns is solved.
#include <algorithm>

#include "rules/engine/core.h"

namespace lamplight::engine {
namespace {

using Wide = __int128;

// value < 0, or value <= 0.
bool holds(Wide value, bool or_equal) { return value < 0 || (or_equal && value == 0); }

Wide ceil_div(Wide a, Wide b) { return a / b + (a % b != 0 && (a < 0) == (b < 0) ? 1 : 0); }

// The first whole step from 1 at which value + slope·step has turned; nothing below 0.
Wide turn_after(Wide value, Wide slope, bool or_equal) {
  if (slope == 0) return -1;
  const bool now = holds(value, or_equal);
  if (now == (slope < 0)) return -1;  // it moves away from 0
  const Wide distance = value < 0 ? -value : value;
  const Wide pace = slope < 0 ? -slope : slope;
  // True turns false past 0 and at it; with `or equal` only past it. False turns true likewise.
  const bool at_zero_suffices = now != or_equal;
  return at_zero_suffices ? std::max<Wide>(ceil_div(distance, pace), 1) : distance / pace + 1;
}

}  // namespace

Engine::Core::Moving Engine::Core::moving_sum(const Linear& linear, int64_t bound, int64_t t) {
  Moving m;
  m.rest = bound;
  for (const Term& term : linear.signals) {
    const ReadingState& s = signals[term.index];
    if (s.stale_at == kOpen) m.reasons.add(static_cast<Reason>(s.reason));
    m.known = m.known && s.stale_at != kOpen;
    m.shown += Wide{term.coefficient} * s.value;
    m.sampled = m.sampled || s.effect_at == t;
  }
  for (const Term& term : linear.numbers) {
    const Operation& op = program.operations[term.index];
    const NumberNow n = number_now(term.index, t);
    m.known = m.known && n.known;
    m.reasons.bits |= n.reasons;
    if (op.kind != OpKind::share) m.sampled = m.sampled || signals[op.a].effect_at == t;
    if (!n.known) continue;
    if (n.is_fraction) {
      m.num = Wide{term.coefficient} * n.num;
      m.den = n.den;
      m.slope_num = Wide{term.coefficient} * n.slope_num;
      m.slope_den = n.slope_den;
      m.is_fraction = true;
      continue;
    }
    m.shown += Wide{term.coefficient} * n.num;
    if (n.until == kOpen) continue;
    m.slope_ns += term.coefficient;
    m.until = std::min(m.until, n.until);
  }
  m.rest += m.shown;
  return m;
}

void Engine::Core::evaluate_number_compare(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  const bool or_equal = op.value != 0;
  const Moving m = moving_sum(program.linears[op.a], codes[op.a].bound, t);
  Compared now;
  now.reasons = m.reasons.bits;
  now.sampled = m.sampled;
  Wide due = kOpen;
  if (m.known) {
    const Wide value = m.num + m.rest * m.den;
    now.verdict = holds(value, or_equal) ? Truth::yes : Truth::no;
    now.reasons = 0;
    now.sum = static_cast<int64_t>(m.shown + rounded(m.num, m.den));
    if (m.is_fraction) {
      const Wide step = turn_after(value, m.slope_num + m.rest * m.slope_den, or_equal);
      if (step >= 0) due = totals.origin + ((t - totals.origin) / 1000 + step) * 1000;
    } else {
      const Wide step = turn_after(value, m.slope_ns, or_equal);
      if (step >= 0) due = t + step;
    }
    due = std::min<Wide>(due, m.until);
  }
  deadlines.arm(plan.timer_slot(index), static_cast<int64_t>(std::min<Wide>(due, kOpen)));
  settle_compare(index, now, t);
}

}  // namespace lamplight::engine
