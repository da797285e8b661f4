// Steps 3, 6 and 8 of an instant: the alarm's life, regions A (condition) and B (signal), row by
// row of the alarms design, section 4. Row numbers stand beside the code that is the row.
#include <algorithm>
#include <optional>

#include "rules/engine/core.h"
#include "rules/engine/timers.h"
#include "rules/model/assert.h"

namespace lamplight::engine {
namespace {

constexpr uint8_t of(ConditionState s) { return static_cast<uint8_t>(s); }
constexpr uint8_t of(SignalState s) { return static_cast<uint8_t>(s); }

bool is_open(const AlarmState& s) { return s.condition != of(ConditionState::idle); }
bool is(const AlarmState& s, ConditionState c) { return s.condition == of(c); }
bool is(const AlarmState& s, SignalState g) { return s.signal == of(g); }

void set_rank(AlarmState& s, Rank rank) {
  s.severity = static_cast<uint8_t>(rank.severity);
  s.onset = static_cast<uint8_t>(rank.onset);
}

Rank rank_of(const AlarmState& s) {
  return {static_cast<Severity>(s.severity), static_cast<Onset>(s.onset)};
}

int64_t after(int64_t t, Duration d) { return d.ns <= 0 ? kOpen : t + d.ns; }

}  // namespace

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
  }
  deadlines.arm(plan.alarm_slot(a, timer), due);
}

void Engine::Core::disarm_all(AlarmIndex a) {
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
  Event& e = emit(EventKind::raised, a, t);
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
  Event& e = emit(EventKind::raised, a, t);
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

// A6, A8, A11, A12 and with them B5, B7, B8: the occurrence is over.
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
  const Rank rank = rank_of(s);
  s = AlarmState{};
  s.mark = mark;
  s.signal = signal;
  set_rank(s, rank);
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
  dirty_alarms.drain([&](size_t a) { run_alarm(static_cast<AlarmIndex>(a), t); });
}

// Timers due at this instant, by occurrence; of one occurrence in the order of AlarmTimer.
void Engine::Core::run_timers(int64_t t) {
  if (!any_timer_due) return;
  any_timer_due = false;
  for (;;) {
    std::optional<AlarmIndex> first;
    for (size_t a = 0; a < alarms.size(); ++a) {
      if (due_timers[a] == 0) continue;
      if (!first || alarms[a].occurrence < alarms[*first].occurrence) {
        first = static_cast<AlarmIndex>(a);
      }
    }
    if (!first) return;
    const uint8_t due = due_timers[*first];
    due_timers[*first] = 0;
    for (size_t i = 0; i < kAlarmTimers; ++i) {
      if (((due >> i) & 1U) != 0) run_timer(*first, static_cast<AlarmTimer>(i), t);
    }
  }
}

void Engine::Core::run_timer(AlarmIndex a, AlarmTimer timer, int64_t t) {
  AlarmState& s = alarms[a];
  switch (timer) {
    case AlarmTimer::unknown_clears:
      break;                  // region A
    case AlarmTimer::remind:  // B3
      if (!is(s, SignalState::acknowledged) || s.remind_due != t) return;
      emit(EventKind::reminder, a, t);
      return arm(a, timer, after(t, remind_every(program.alarms[a], priority_of(a))));
    case AlarmTimer::ack_timeout:  // B4; the acknowledgement still counts for a latch (A6)
      if (!is(s, SignalState::acknowledged) || s.ack_due != t) return;
      s.signal = of(SignalState::on);
      arm(a, AlarmTimer::remind, kOpen);
      arm(a, timer, kOpen);
      emit(EventKind::ack_expired, a, t);
      effects->set_annunciate();
      return;
  }
}

// ---- acts of people

void Engine::Core::reject(const Command& command, RejectWhy why, int64_t t) {
  ++counters.commands_rejected;
  Event& e = emit(EventKind::command_rejected, kNone, t);
  e.why = why;
  e.occurrence = command.occurrence;
  e.actor = command.actor;
  e.tag = command.tag;
}

void Engine::Core::apply_command(const Command& command, int64_t t) {
  if (command.occurrence == 0 || command.occurrence >= totals.next_occurrence) {
    return reject(command, RejectWhy::unknown_occurrence, t);
  }
  for (size_t a = 0; a < alarms.size(); ++a) {
    const AlarmState& s = alarms[a];
    const bool names_open = is_open(s) && s.occurrence == command.occurrence;
    const bool names_mark = !is_open(s) && is(s, SignalState::marked) &&
                            s.mark == command.occurrence && command.actor.place == Place::bedside;
    if (names_open || names_mark) return acknowledge(static_cast<AlarmIndex>(a), command, t);
  }
  reject(command, RejectWhy::closed, t);
}

void Engine::Core::acknowledge(AlarmIndex a, const Command& command, int64_t t) {
  AlarmState& s = alarms[a];
  const auto journal = [&](EventKind kind) -> Event& {
    Event& e = emit(kind, a, t);
    e.actor = command.actor;
    e.tag = command.tag;
    return e;
  };
  const bool bedside = command.actor.place == Place::bedside;
  if (!bedside && !is(s, SignalState::off)) {  // B15
    ++s.seen;
    journal(EventKind::seen);
    return;
  }
  if (bedside && is(s, ConditionState::latched)) {  // A8
    return end(a, EventKind::reset, Cause::none, t, &command);
  }
  if (bedside && is(s, SignalState::marked)) {  // B9
    journal(EventKind::acknowledged).occurrence = s.mark;
    s.signal = of(SignalState::off);
    s.mark = 0;
    effects->set_annunciate();
    return;
  }
  if (!bedside || !is(s, SignalState::on)) {
    return reject(command, RejectWhy::nothing_to_acknowledge, t);
  }
  s.signal = of(SignalState::acknowledged);  // B2
  s.acknowledged = 1;
  const Priority p = priority_of(a);
  arm(a, AlarmTimer::ack_timeout, after(t, ack_timeout(p)));
  arm(a, AlarmTimer::remind, after(t, remind_every(program.alarms[a], p)));
  journal(EventKind::acknowledged).until = {s.ack_due};
  effects->set_annunciate();
}

// A gap of unknown length: what keeps a signal quiet has ended. More noise, never less.
void Engine::Core::end_quiet(int64_t t) {
  for (size_t a = 0; a < alarms.size(); ++a) {
    if (!is(alarms[a], SignalState::acknowledged)) continue;
    alarms[a].ack_due = t;
    run_timer(static_cast<AlarmIndex>(a), AlarmTimer::ack_timeout, t);
  }
}

// A12 over a restore: the rule is gone, its occurrence is closed.
void Engine::Core::close_gone(int64_t t) {
  for (const GoneAlarm& g : gone) {
    Event& e = emit(EventKind::closed, g.alarm, t);
    e.cause = Cause::rules_changed;
    e.occurrence = g.state.occurrence;
    e.previous = g.state.previous;
    e.again = g.state.again;
    e.flaps = g.state.flaps;
    e.rank = rank_of(g.state);
    e.priority = priority(e.rank);
    e.raised_at = {g.state.raised_at};
    effects->set_annunciate();
  }
  gone.clear();
}

// ---- what is shown

// One card and one sound for one cause: the `lost` alarm of a signal speaks through an unconfirmed
// occurrence that reads it, and through its device's silence, of equal or higher priority, until
// that one is acknowledged.
bool Engine::Core::is_grouped(AlarmIndex a) const {
  const Alarm& alarm = program.alarms[a];
  if (alarm.lost_signal == kNone || !is_open(alarms[a])) return false;
  const uint8_t device = plan.signal_device[alarm.lost_signal];
  for (size_t i = 0; i < alarms.size(); ++i) {
    const auto other = static_cast<AlarmIndex>(i);
    const AlarmState& head = alarms[i];
    if (!is(head, SignalState::on) || priority_of(other) < priority_of(a)) continue;
    if (is(head, ConditionState::unconfirmed)) {
      const auto reads = plan.signals_of_alarm.row(i);
      if (std::find(reads.begin(), reads.end(), alarm.lost_signal) != reads.end()) return true;
    }
    if (!is_open(head) || device == kNoDevice) continue;
    for (const TechnicalInstance& instance : plan.technical) {
      if (instance.kind != Technical::device_silent) break;
      if (instance.alarm == i && instance.device == device) return true;
    }
  }
  return false;
}

AlarmView Engine::Core::view(AlarmIndex a) const {
  AlarmView v;
  if (a >= alarms.size()) return v;  // closed over a restore
  const AlarmState& s = alarms[a];
  v.condition = static_cast<ConditionState>(s.condition);
  v.signal = static_cast<SignalState>(s.signal);
  v.grouped = is_grouped(a);
  v.audible = is(s, SignalState::on) && !v.grouped;
  const Alarm& alarm = program.alarms[a];
  v.forming = !is_open(s) && totals.started != 0 && truth(alarm.when) != Truth::yes &&
              truth(alarm.now_part) == Truth::yes;
  v.rank = is_open(s) || is(s, SignalState::marked) ? rank_of(s) : alarm.rank;
  v.priority = priority(v.rank);
  if (is(s, ConditionState::unconfirmed)) v.reasons = reasons_for(a);
  v.again = s.again;
  v.flaps = s.flaps;
  v.occurrence = is_open(s) ? s.occurrence : s.mark;
  v.previous = s.previous;
  v.seen = s.seen;
  v.raised_at = {s.raised_at};
  v.ack_until = {s.ack_due};
  return v;
}

}  // namespace lamplight::engine
