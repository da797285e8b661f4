// Step 3 of an instant, acts of people, and the timers of region B: rows A8 and B2 to B15.
#include <optional>

#include "rules/engine/alarm_state.h"
#include "rules/engine/core.h"
#include "rules/engine/timers.h"

namespace lamplight::engine {

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
    case AlarmTimer::pause:  // B12
      if (s.pause_due == t) end_pause(a, t, nullptr);
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
  const bool is_ack = command.kind == CommandKind::acknowledge;
  if (command.kind == CommandKind::press || command.kind == CommandKind::release) {
    return press(command, t);
  }
  if (!is_ack && command.actor.place != Place::bedside) {
    return reject(command, RejectWhy::not_at_bedside, t);
  }
  if (command.occurrence == 0 || command.occurrence >= totals.next_occurrence) {
    return reject(command, RejectWhy::unknown_occurrence, t);
  }
  for (size_t a = 0; a < alarms.size(); ++a) {
    const AlarmState& s = alarms[a];
    const bool names_open = is_open(s) && s.occurrence == command.occurrence;
    const bool names_mark = !is_open(s) && is(s, SignalState::marked) &&
                            s.mark == command.occurrence && command.actor.place == Place::bedside;
    if (names_open || (names_mark && is_ack)) return act_on(static_cast<AlarmIndex>(a), command, t);
  }
  reject(command, RejectWhy::closed, t);
}

void Engine::Core::act_on(AlarmIndex a, const Command& command, int64_t t) {
  switch (command.kind) {
    case CommandKind::acknowledge:
      return acknowledge(a, command, t);
    case CommandKind::pause:
      return pause(a, command, t);
    case CommandKind::resume:
      return resume(a, command, t);
    case CommandKind::stand_down:
      return stand_down(a, command, t);
    case CommandKind::press:
    case CommandKind::release:
      break;  // of no occurrence
  }
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
    s.raised_at = kUnset;
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
  for (size_t i = 0; i < alarms.size(); ++i) {
    const auto a = static_cast<AlarmIndex>(i);
    if (is(alarms[a], SignalState::acknowledged)) {
      alarms[a].ack_due = t;
      run_timer(a, AlarmTimer::ack_timeout, t);
    }
    if (alarms[a].pause_due != kOpen) end_pause(a, t, nullptr);
  }
}

}  // namespace lamplight::engine
