// Two acts at the bedside beside acknowledging, rows B11, B12 and A10: "be quiet a moment", which
// ends by itself, and "this cannot be judged; I know", which leaves the `lost` alarm to ring.
#include <algorithm>

#include "rules/engine/alarm_state.h"
#include "rules/engine/core.h"
#include "rules/engine/timers.h"
#include "rules/model/assert.h"

namespace lamplight::engine {

// A pause has one end. A second one may begin only after the sound has come back.
void Engine::Core::pause(AlarmIndex a, const Command& command, int64_t t) {  // B11
  AlarmState& s = alarms[a];
  LL_ASSERT(command.length.ns >= 0);
  if (s.pause_due != kOpen) return reject(command, RejectWhy::already_paused, t);
  if (!is(s, SignalState::on)) return reject(command, RejectWhy::nothing_to_pause, t);
  const Duration longest = audio_pause_max(priority_of(a));
  if (command.length > longest) return reject(command, RejectWhy::too_long, t);
  s.paused_at = t;
  s.pause_covers = s.inhibited == 0 ? 1 : 0;
  arm(a, AlarmTimer::pause, t + (command.length.ns == 0 ? longest : command.length).ns);
  Event& e = emit(EventKind::audio_paused, a, t);
  e.actor = command.actor;
  e.tag = command.tag;
  e.until = {s.pause_due};
  effects->set_annunciate();
}

void Engine::Core::resume(AlarmIndex a, const Command& command, int64_t t) {  // B12
  if (alarms[a].pause_due == kOpen) return reject(command, RejectWhy::not_paused, t);
  end_pause(a, t, &command);
}

void Engine::Core::end_pause(AlarmIndex a, int64_t t, const Command* act) {  // B12
  alarms[a].paused_at = kUnset;
  alarms[a].pause_covers = 0;
  arm(a, AlarmTimer::pause, kOpen);
  Event& e = emit(EventKind::audio_resumed, a, t);
  effects->set_annunciate();
  if (act == nullptr) return;
  e.actor = act->actor;
  e.tag = act->tag;
}

// Judged on what held just before this instant, as the occurrence's own state is: a reading that
// comes in now is a matter of the conditions, after the acts.
bool Engine::Core::has_open_lost(AlarmIndex a) const {
  const auto reads = plan.signals_of_alarm.row(a);
  for (size_t i = 0; i < alarms.size(); ++i) {
    const Alarm& other = program.alarms[i];
    if (other.lost_signal == kNone || i == a || !is_open(alarms[i])) continue;
    if (truth(other.now_part) != Truth::yes) continue;
    if (std::find(reads.begin(), reads.end(), other.lost_signal) != reads.end()) return true;
  }
  return false;
}

void Engine::Core::stand_down(AlarmIndex a, const Command& command, int64_t t) {  // A10
  if (!is(alarms[a], ConditionState::unconfirmed)) {
    return reject(command, RejectWhy::not_unconfirmed, t);
  }
  if (!has_open_lost(a)) return reject(command, RejectWhy::lost_not_open, t);
  end(a, EventKind::closed, Cause::to_lost, t, &command);
  dirty_alarms.set(a);  // a `when` that is still true raises it anew, in this instant
}

}  // namespace lamplight::engine
