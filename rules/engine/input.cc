// Steps 1, 2 and 4 of an instant: what came in, and what ran out.
#include "rules/engine/core.h"
#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::engine {

// Whatever was measured before the gap and goes stale without a successor has reason not_watching.
void Engine::Core::apply_gap(Gap gap) {
  if (gap == Gap::none) return;
  for (ReadingState& s : signals) s.before_gap = 1;
}

void Engine::Core::apply_profiles(ProfileSet set) {
  if (totals.profiles == set) return;
  for (size_t l = 0; l < program.limits.size(); ++l) {
    const Limit& limit = program.limits[l];
    const auto old = static_cast<ProfileSet>(totals.profiles);
    if (limit_value(limit, old) == limit_value(limit, set)) continue;
    limit_changed[l] = 1;
    for (const OpIndex op : plan.operations_of_limit.row(l)) dirty.set(op);
  }
  totals.profiles = set;
  profiles_changed = true;
  rebuild_bounds();
}

void Engine::Core::apply_sample(const InputSample& sample, int64_t t) {
  LL_ASSERT(sample.signal < signals.size());
  ReadingState& s = signals[sample.signal];
  const bool missing = sample.quality == Quality::missing;
  const uint8_t device = plan.signal_device[sample.signal];
  if (device != kNoDevice && !(missing && sample.reason == Reason::link_lost)) {
    apply_frame(device, t);
  }
  int64_t measured_at = sample.measured_at.ns;
  if (measured_at > t) {
    measured_at = t;
    ++counters.clamped;
  }
  const int64_t stale_at = measured_at + program.signals[sample.signal].stale.ns;
  if (measured_at < s.measured_at || stale_at <= t) {
    ++counters.late;
    return;
  }
  ++counters.samples;
  accept(s, sample, measured_at);
  s.effect_at = t;
  if (s.stale_at != kOpen) {
    s.stale_at = stale_at;
    // Lazy: a slot armed for an earlier instant looks again when it fires.
    if (deadlines.due(sample.signal) == kOpen) deadlines.arm(sample.signal, stale_at);
  }
  touch_signal(sample.signal);
}

void Engine::Core::accept(ReadingState& s, const InputSample& sample, int64_t measured_at) {
  const Signal& signal = program.signals[static_cast<size_t>(&s - signals.data())];
  s.measured_at = measured_at;
  s.before_gap = 0;
  s.quality = static_cast<uint8_t>(sample.quality);
  if (sample.quality == Quality::missing) {
    s.reason = static_cast<uint8_t>(sample.reason);
    s.stale_at = kOpen;
    return;
  }
  if (sample.value < signal.min || sample.value > signal.max) {
    ++counters.out_of_range;
    s.quality = static_cast<uint8_t>(Quality::missing);
    s.reason = static_cast<uint8_t>(Reason::out_of_range);
    s.stale_at = kOpen;
    return;
  }
  s.reason = static_cast<uint8_t>(Reason::none);
  s.value = sample.value;
  s.valid_at = measured_at;
  s.stale_at = 0;  // the caller sets the instant
}

void Engine::Core::apply_frame(size_t device, int64_t t) {
  LL_ASSERT(device < devices.size());
  devices[device].last_frame = t;
  for (size_t i = 0; i < plan.technical.size(); ++i) {
    const TechnicalInstance& instance = plan.technical[i];
    if (instance.kind != Technical::device_silent) break;  // they come first in the table
    if (instance.device == device && flags[i] != 0) set_flag(i, false);
  }
  const size_t slot = plan.device_slot(device);
  if (deadlines.due(slot) == kOpen) {
    deadlines.arm(slot, t + silence_limit(plan.devices[device]).ns);
  }
}

void Engine::Core::set_flag(size_t instance, bool present) {
  flags[instance] = present ? 1 : 0;
  dirty.set(plan.technical[instance].flag);
}

void Engine::Core::apply_technical(const TechnicalChange& change) {
  for (size_t i = 0; i < plan.technical.size(); ++i) {
    const TechnicalInstance& instance = plan.technical[i];
    if (instance.kind != change.kind || instance.device != change.device) continue;
    LL_ASSERT(change.kind != Technical::device_silent);
    set_flag(i, change.present);
  }
}

void Engine::Core::go_stale(SignalIndex signal, int64_t t) {
  ReadingState& s = signals[signal];
  if (s.stale_at > t) {  // a newer sample moved the end; kOpen: none
    deadlines.arm(signal, s.stale_at);
    return;
  }
  LL_ASSERT(s.stale_at == t);
  const Reason why = s.before_gap != 0 ? Reason::not_watching : Reason::stale;
  s.stale_at = kOpen;
  s.quality = static_cast<uint8_t>(Quality::missing);
  s.reason = static_cast<uint8_t>(why);
  touch_signal(signal);
}

// Every deadline of this instant, whatever it belongs to.
void Engine::Core::take_due(int64_t t) {
  while (deadlines.next() <= t) {
    const size_t slot = deadlines.next_slot();
    deadlines.disarm(slot);
    if (slot < signals.size()) {
      go_stale(static_cast<SignalIndex>(slot), t);
    } else if (slot < plan.first_timer_slot()) {
      const size_t device = slot - plan.device_slot(0);
      const int64_t end = devices[device].last_frame + silence_limit(plan.devices[device]).ns;
      if (end > t) {
        deadlines.arm(slot, end);
        continue;
      }
      for (size_t i = 0; i < plan.technical.size(); ++i) {
        const TechnicalInstance& instance = plan.technical[i];
        if (instance.kind == Technical::device_silent && instance.device == device) {
          set_flag(i, true);
        }
      }
    } else if (slot < plan.alarm_slot(0, AlarmTimer::unknown_clears)) {
      dirty.set(plan.timer_operations[slot - plan.first_timer_slot()]);
    } else {
      const size_t index = slot - plan.alarm_slot(0, AlarmTimer::unknown_clears);
      const size_t alarm = index / kAlarmTimers;
      if (index % kAlarmTimers == static_cast<size_t>(AlarmTimer::unknown_clears)) {
        dirty_alarms.set(alarm);  // A11 is judged with the conditions, in file order
        continue;
      }
      due_timers[alarm] = static_cast<uint8_t>(due_timers[alarm] | 1U << (index % kAlarmTimers));
      any_timer_due = true;
    }
  }
}

}  // namespace lamplight::engine
