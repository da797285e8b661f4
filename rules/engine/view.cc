// What is shown: an alarm as it is now, one card for one cause, and what a new program closed.
#include <algorithm>

#include "rules/engine/alarm_state.h"
#include "rules/engine/core.h"

namespace lamplight::engine {

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
    // What is inhibited is not heard, so nothing may be left to it.
    if (!is(head, SignalState::on) || head.inhibited != 0) continue;
    // A pause covers what was grouped when it began, and nothing that came under it later (P2).
    const bool is_covered = head.pause_covers != 0 && alarms[a].raised_at < head.paused_at;
    if (head.pause_due != kOpen && !is_covered) continue;
    if (priority_of(other) < priority_of(a)) continue;
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
  v.inhibited = s.inhibited != 0;
  v.paused = s.pause_due != kOpen;
  v.paused_until = {s.pause_due};
  v.audible = is(s, SignalState::on) && !v.grouped && !v.inhibited && !v.paused;
  if (const auto lease = lease_over(a); v.inhibited && lease) {
    v.inhibited_until = {lease->until};
    v.inhibit = lease->inhibit;
  }
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
  v.raised_at = s.raised_at == kUnset ? kNever : MonoTime{s.raised_at};
  v.ack_until = {s.ack_due};
  return v;
}

}  // namespace lamplight::engine
