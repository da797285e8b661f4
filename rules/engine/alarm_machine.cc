// Step 6 of an instant: region A of the alarm's life, and what it does to the signal, row by row of
// the alarms design, section 4. Row numbers stand beside the code that is the row.
#include <algorithm>

#include "rules/engine/alarm_state.h"
#include "rules/engine/core.h"
#include "rules/model/assert.h"

namespace lamplight::engine {

Priority Engine::Core::priority_of(AlarmIndex a) const {
  return is_open(alarms[a]) ? priority(rank_of(alarms[a])) : priority(program.alarms[a].rank);
}

void Engine::Core::arm(AlarmIndex a, AlarmTimer timer, int64_t due) {
  AlarmState& s = alarms[a];
  switch (timer) {
    case AlarmTimer::unknown_clears:
      s.unknown_due = due;
      break;
    case AlarmTimer::remind:
      s.remind_due = due;
      break;
    case AlarmTimer::ack_timeout:
      s.ack_due = due;
      break;
    case AlarmTimer::pause:
      s.pause_due = due;
      break;
  }
  deadlines.arm(plan.alarm_slot(a, timer), due);
}

void Engine::Core::disarm_all(AlarmIndex a) {
  arm(a, AlarmTimer::pause, kOpen);
  arm(a, AlarmTimer::unknown_clears, kOpen);
  arm(a, AlarmTimer::remind, kOpen);
  arm(a, AlarmTimer::ack_timeout, kOpen);
}

// B1, B6: sound. Whatever quieted this occurrence is over.
void Engine::Core::switch_on(AlarmIndex a, int64_t t) {
  AlarmState& s = alarms[a];
  arm(a, AlarmTimer::remind, kOpen);
  arm(a, AlarmTimer::ack_timeout, kOpen);
  s.acknowledged = 0;
  if (s.pause_due != kOpen) end_pause(a, t, nullptr);
  if (priority_of(a) < Priority::low) return;  // info: shown and recorded, never sounded
  s.signal = of(SignalState::on);
  emit(EventKind::signal_on, a, t);
  effects->set_annunciate();
}

void Engine::Core::raise(AlarmIndex a, int64_t t) {  // A1, B10, B1
  const Alarm& alarm = program.alarms[a];
  AlarmState& s = alarms[a];
  const uint64_t mark = s.mark;
  s = AlarmState{};
  s.occurrence = totals.next_occurrence++;
  s.previous = mark;
  s.raised_at = t;
  s.condition = of(ConditionState::raised);
  set_rank(s, alarm.rank);
  const auto lease = lease_over(a);
  s.inhibited = lease ? 1 : 0;
  Event& e = emit(EventKind::raised, a, t);
  if (lease) note_lease(e, *lease);
  add_evidence(e, alarm.when);
  add_holes(e, alarm);
  effects->set_annunciate();
  switch_on(a, t);
}

void Engine::Core::raise_again(AlarmIndex a, int64_t t) {  // A9, B6
  AlarmState& s = alarms[a];
  ++s.again;
  s.condition = of(ConditionState::raised);
  s.fell = 0;
  s.changed = 0;  // while it was latched nothing was open to be confirmed, and this is known
  Event& e = emit(EventKind::raised, a, t);
  if (const auto lease = lease_over(a); lease && s.inhibited != 0) note_lease(e, *lease);
  add_evidence(e, program.alarms[a].when);
  add_holes(e, program.alarms[a]);
  switch_on(a, t);
}

void Engine::Core::judge_confirmed(AlarmIndex a, int64_t t) {
  const Alarm& alarm = program.alarms[a];
  AlarmState& s = alarms[a];
  const Truth now_true = truth(alarm.now_part);
  const uint8_t changed = s.changed;  // A14
  s.changed = 0;
  if (is(s, ConditionState::raised) && (now_true == Truth::unknown || changed != 0)) {  // A3
    s.condition = of(ConditionState::unconfirmed);
    s.pause_covers = 0;  // a pause from before did not ask for quiet of what is grouped from now on
    arm(a, AlarmTimer::unknown_clears, after(t, alarm.unknown_clears));
    Event& e = emit(EventKind::unconfirmed, a, t);
    if (changed == kDefinitionChanged) e.cause = Cause::rules_changed;
    add_evidence(e, alarm.now_part);
    effects->set_annunciate();
  }
  if (is(s, ConditionState::unconfirmed) && now_true != Truth::unknown) {  // A4
    s.condition = of(ConditionState::raised);
    arm(a, AlarmTimer::unknown_clears, kOpen);
    Event& e = emit(EventKind::confirmed, a, t);
    add_evidence(e, alarm.now_part);
    effects->set_annunciate();
  }
}

void Engine::Core::judge_worsened(AlarmIndex a, int64_t t) {  // A5, B6
  const Alarm& alarm = program.alarms[a];
  AlarmState& s = alarms[a];
  if (alarm.worsens == kNone || s.worsened != 0 || is(s, ConditionState::latched)) return;
  if (truth(alarm.worsens) != Truth::yes) return;
  s.worsened = 1;
  // Severity, onset and priority may rise and never fall.
  const Rank old = rank_of(s);
  set_rank(s, {std::min(old.severity, alarm.worsens_to.severity),
               std::min(old.onset, alarm.worsens_to.onset)});
  Event& e = emit(EventKind::worsened, a, t);
  add_evidence(e, alarm.worsens);
  // An info alarm that worsens begins to sound here: B6 says "any but Off", but a high condition
  // must not stay silent (P9).
  switch_on(a, t);
  free_of_leases(a, t);
}

void Engine::Core::judge_clear(AlarmIndex a, int64_t t) {  // A6, A7
  const Alarm& alarm = program.alarms[a];
  AlarmState& s = alarms[a];
  if (is(s, ConditionState::latched)) return;
  if (truth(alarm.clear) != Truth::yes || truth(alarm.when) == Truth::yes) return;
  Cause cause = Cause::none;
  for (const LimitIndex l : plan.limits_of_alarm.row(a)) {
    if (limit_changed[l] != 0) cause = Cause::limit_changed;
  }
  if (!alarm.latch || s.acknowledged != 0) return end(a, EventKind::cleared, cause, t, nullptr);
  s.condition = of(ConditionState::latched);
  arm(a, AlarmTimer::unknown_clears, kOpen);
  Event& e = emit(EventKind::latched, a, t);
  e.cause = cause;
  add_evidence(e, alarm.clear);
  effects->set_annunciate();
}

// A11. An alarm never clears while its `when` is true, so a due that met a true `when` waits for
// it.
void Engine::Core::judge_unknown(AlarmIndex a, int64_t t) {
  const AlarmState& s = alarms[a];
  if (!is(s, ConditionState::unconfirmed) || s.unknown_due > t) return;
  if (truth(program.alarms[a].when) == Truth::yes) return;
  end(a, EventKind::cleared, Cause::unknown, t, nullptr);
}

// A6, A8, A10 to A12 and with them B5, B7, B8: the occurrence is over.
void Engine::Core::end(AlarmIndex a, EventKind kind, Cause cause, int64_t t, const Command* act) {
  AlarmState& s = alarms[a];
  LL_ASSERT(is_open(s));
  Event& e = emit(kind, a, t);
  e.cause = cause;
  if (act != nullptr) e.actor = act->actor;
  if (act != nullptr) e.tag = act->tag;
  add_evidence(e, program.alarms[a].clear);
  disarm_all(a);
  const bool marks = kind == EventKind::cleared && is(s, SignalState::on) &&
                     priority(rank_of(s)) >= Priority::medium;
  if (marks) {
    s.mark = s.occurrence;
    s.signal = of(SignalState::marked);
    emit(EventKind::marked, a, t);
  } else if (!is(s, SignalState::off)) {
    s.signal = of(SignalState::off);
    emit(EventKind::signal_off, a, t);
  }
  const uint64_t mark = s.mark;
  const uint8_t signal = s.signal;
  const int64_t raised_at = s.raised_at;
  const Rank rank = rank_of(s);
  s = AlarmState{};
  s.mark = mark;
  s.signal = signal;
  if (marks) s.raised_at = raised_at;  // whoever finds the mark asks when it was
  set_rank(s, rank);
  touch_raised(a);
  effects->set_annunciate();
}

void Engine::Core::run_alarm(AlarmIndex a, int64_t t) {
  const Alarm& alarm = program.alarms[a];
  AlarmState& s = alarms[a];
  const Truth when = truth(alarm.when);
  if (!is_open(s)) {
    if (when != Truth::yes) return;
    raise(a, t);
  } else if (is(s, ConditionState::latched)) {
    if (when != Truth::yes) return;
    raise_again(a, t);
  }
  if (when == Truth::no) s.fell = 1;
  if (when == Truth::yes && s.fell != 0) {
    s.fell = 0;
    ++s.flaps;
  }
  judge_confirmed(a, t);
  judge_worsened(a, t);
  judge_clear(a, t);
  judge_unknown(a, t);
}

void Engine::Core::run_alarms(int64_t t) {
  if (evaluate_all) dirty_alarms.set_below(alarms.size());
  dirty_alarms.drain([&](size_t a) {
    run_alarm(static_cast<AlarmIndex>(a), t);
    touch_raised(static_cast<AlarmIndex>(a));
  });
}

}  // namespace lamplight::engine
