// Step 5 of an instant: the touched operations, in topological order, each at most once.
#include <algorithm>

#include "rules/engine/core.h"
#include "rules/model/assert.h"

namespace lamplight::engine {
namespace {

Truth flip(Truth t) { return static_cast<Truth>(2 - static_cast<int>(t)); }

// end + length without overflow; kUnset and kOpen stay what they are.
int64_t plus(int64_t instant, int64_t length) {
  if (instant == kUnset || instant == kOpen) return instant;
  return instant + length;
}

// Where a run of this shape stands at t, and when that changes by itself.
struct TimedVerdict {
  Truth truth;
  int64_t due;
};
TimedVerdict judge_timed(const TimedState& s, Truth inner, int64_t length, int64_t t) {
  const int64_t other_left = plus(s.other_end, length);
  if (inner == Truth::no || t < other_left) return {Truth::no, other_left};
  if (inner == Truth::unknown) return {Truth::unknown, kOpen};
  if (t >= s.run + length) return {Truth::yes, kOpen};
  return {Truth::unknown, s.run + length};
}

}  // namespace

// Once: the terms of every linear form where evaluation finds them without a search.
void Engine::Core::prepare_linears() {
  codes.resize(program.linears.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    const std::vector<Term>& terms = program.linears[i].signals;
    CompareCode& code = codes[i];
    code.more_first = static_cast<uint32_t>(more_terms.size());
    if (terms.empty()) continue;
    code.signal = terms[0].index;
    code.coefficient = terms[0].coefficient;
    code.more_count = static_cast<uint16_t>(terms.size() - 1);
    more_terms.insert(more_terms.end(), terms.begin() + 1, terms.end());
  }
}

void Engine::Core::rebuild_bounds() {
  const auto set = static_cast<ProfileSet>(totals.profiles);
  for (size_t i = 0; i < codes.size(); ++i) {
    const Linear& linear = program.linears[i];
    int64_t bound = linear.constant;
    for (const Term& t : linear.limits) {
      bound += t.coefficient * limit_value(program.limits[t.index], set);
    }
    codes[i].bound = bound;
  }
  for (size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = span_length(program, static_cast<uint16_t>(i), set).ns;
  }
}

void Engine::Core::evaluate_dirty(int64_t t) {
  if (evaluate_all) dirty.set_below(program.operations.size());
  dirty.drain([&](size_t i) {
    ++counters.operations_run;
    const auto op = static_cast<OpIndex>(i);
    if (program.operations[op].kind == OpKind::compare) return evaluate_compare(op, t);
    if (plan.is_late[op] != 0) return late.set(op);
    evaluate(op, t);
  });
}

// Stores a verdict; only a change reaches the readers.
void Engine::Core::settle(OpIndex op, Truth truth, uint16_t reasons, int64_t t) {
  OpState& s = ops[op];
  const auto value = static_cast<uint8_t>(truth);
  if (truth != Truth::unknown) reasons = 0;
  const bool turned = s.truth != value || s.since == kUnset;
  if (!turned && s.reasons == reasons) return;
  if (turned) s.since = t;
  s.truth = value;
  s.reasons = reasons;
  BitSet<kAllOperationsMax>& readers = is_late_pass ? late : dirty;
  for (const OpIndex parent : plan.parents.row(op)) readers.set(parent);
  for (const AlarmIndex a : plan.alarms_of.row(op)) dirty_alarms.set(a);
}

void Engine::Core::evaluate(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  const auto unknown_reasons = [&](OpIndex a) {
    return truth(a) == Truth::unknown ? ops[a].reasons : uint16_t{0};
  };
  switch (op.kind) {
    case OpKind::constant:
      return settle(index, static_cast<Truth>(op.value), 0, t);
    case OpKind::compare:
      return evaluate_compare(index, t);
    case OpKind::is_value:
    case OpKind::is_lost:
    case OpKind::is_valid:
      return evaluate_signal_test(index, t);
    case OpKind::flag:
      return settle(index, flags[op.a] != 0 ? Truth::yes : Truth::no, 0, t);
    case OpKind::logical_not:
      return settle(index, flip(truth(op.a)), ops[op.a].reasons, t);
    case OpKind::logical_and:
    case OpKind::logical_or: {
      const bool is_and = op.kind == OpKind::logical_and;
      const Truth result =
          is_and ? std::min(truth(op.a), truth(op.b)) : std::max(truth(op.a), truth(op.b));
      return settle(index, result, unknown_reasons(op.a) | unknown_reasons(op.b), t);
    }
    case OpKind::hold_for:
    case OpKind::within_last:
      return settle(index, evaluate_timed(index, t), ops[op.a].reasons, t);
    case OpKind::since: {
      const Truth kept = std::min(truth(op.a), truth(index));
      return settle(index, std::max(truth(op.b), kept),
                    unknown_reasons(op.a) | unknown_reasons(op.b), t);
    }
    case OpKind::shortfall:
    case OpKind::excess:
      return evaluate_area(index, t);
    case OpKind::count_starts:
      return evaluate_count(index, t);
    case OpKind::compare_number:
      return evaluate_number_compare(index, t);
    case OpKind::mean:
    case OpKind::minimum:
    case OpKind::maximum:
    case OpKind::drop:
    case OpKind::rise:
    case OpKind::change:
    case OpKind::share:
      return evaluate_window(index, t);
    case OpKind::age:
      for (const OpIndex parent : plan.parents.row(index)) dirty.set(parent);
      return;
    case OpKind::alarm_raised:
      return evaluate_alarm_raised(index, t);
    case OpKind::button:
      return evaluate_button(index, t);
    case OpKind::lease:
      return evaluate_lease(index, t);
  }
}

// Nearly every sample leaves every comparison as it was: that path first, and short enough to stand
// inside the loop over the touched.
inline void Engine::Core::evaluate_compare(OpIndex index, int64_t t) {
  const CompareCode& code = codes[program.operations[index].a];
  if (code.signal == kNone || code.more_count != 0) return evaluate_sum(index, code, t);
  const ReadingState& s = signals[code.signal];
  if (s.stale_at == kOpen) return evaluate_sum(index, code, t);
  const int64_t sum = code.coefficient * s.value;
  const Truth verdict = sum + code.bound < 0 ? Truth::yes : Truth::no;
  OpState& state = ops[index];
  if (state.truth != static_cast<uint8_t>(verdict)) return evaluate_sum(index, code, t);
  CompareState& c = compares[plan.record[index]];
  c.worst = std::min(c.worst, sum);
  c.last = sum;
  state.samples += s.effect_at == t ? 1 : 0;
}

Compared Engine::Core::sum_of(const CompareCode& code, int64_t t) const {
  Compared result;
  ReasonSet reasons;
  const auto add = [&](uint16_t signal, int64_t coefficient) {
    const ReadingState& s = signals[signal];
    if (s.stale_at == kOpen) return reasons.add(static_cast<Reason>(s.reason));
    result.sampled = result.sampled || s.effect_at == t;
    result.sum += coefficient * s.value;
  };
  if (code.signal != kNone) add(code.signal, code.coefficient);
  for (size_t i = 0; i < code.more_count; ++i) {
    const Term& term = more_terms[code.more_first + i];
    add(term.index, term.coefficient);
  }
  result.reasons = reasons.bits;
  if (reasons.empty()) {
    result.verdict = result.sum + code.bound < 0 ? Truth::yes : Truth::no;
  }
  return result;
}

void Engine::Core::evaluate_sum(OpIndex index, const CompareCode& code, int64_t t) {
  settle_compare(index, sum_of(code, t), t);
}

// Worst and last of the run are kept for evidence. Worst is what lies furthest on the comparison's
// side: the smallest sum.
void Engine::Core::settle_compare(OpIndex index, const Compared& now, int64_t t) {
  OpState& s = ops[index];
  const bool known = now.verdict != Truth::unknown;
  const bool turned = s.truth != static_cast<uint8_t>(now.verdict) || s.since == kUnset;
  if (turned || !known) settle(index, now.verdict, now.reasons, t);
  if (turned) s.samples = 0;
  if (turned) s.has_value = known ? 1 : 0;
  if (!known) return;
  CompareState& c = compares[plan.record[index]];
  c.worst = turned ? now.sum : std::min(c.worst, now.sum);
  c.last = now.sum;
  if (now.sampled) ++s.samples;
}

void Engine::Core::evaluate_signal_test(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  const ReadingState& s = signals[op.a];
  const bool known = s.stale_at != kOpen;
  Truth verdict = Truth::unknown;
  if (op.kind == OpKind::is_lost) verdict = known ? Truth::no : Truth::yes;
  if (op.kind == OpKind::is_valid) verdict = known ? Truth::yes : Truth::no;
  if (op.kind == OpKind::is_value && known) {
    verdict = s.value == op.value ? Truth::yes : Truth::no;
  }
  OpState& state = ops[index];
  if (state.truth != static_cast<uint8_t>(verdict)) state.samples = 0;
  if (s.effect_at == t) ++state.samples;
  ReasonSet reasons;
  reasons.add(static_cast<Reason>(s.reason));
  settle(index, verdict, reasons.bits, t);
}

// `a for D`; `a within last D` is its dual: the same with every truth turned round.
Truth Engine::Core::evaluate_timed(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  const bool dual = op.kind == OpKind::within_last;
  const Truth inner = dual ? flip(truth(op.a)) : truth(op.a);
  const int64_t length = lengths[op.first];
  TimedState& s = timed[plan.record[index]];

  if (inner == Truth::no) {
    s = {.run = kUnset, .other_end = kOpen, .gap = kUnset};
  } else {
    if (s.other_end == kOpen) s.other_end = t;
    if (inner == Truth::yes) {
      const bool bridged = s.gap == kUnset || t - s.gap <= lengths[op.second];
      if (s.run == kUnset || !bridged) s.run = t;
      s.gap = kUnset;
    } else if (s.run != kUnset) {
      if (op.second == kNone) s.run = kUnset;
      if (op.second != kNone && s.gap == kUnset) s.gap = t;
    }
  }

  const TimedVerdict judged = judge_timed(s, inner, length, t);
  deadlines.arm(plan.timer_slot(index), judged.due);
  return dual ? flip(judged.truth) : judged.truth;
}

}  // namespace lamplight::engine
