// The loop of one step, and the public face over the core.
#include "rules/engine/engine.h"

#include <cstring>

#include "rules/engine/core.h"
#include "rules/engine/timers.h"
#include "rules/model/assert.h"

namespace lamplight::engine {
namespace {

template <class T>
std::span<T> carve(std::vector<std::byte>& block, size_t& at, size_t count) {
  T* first = new (block.data() + at) T[count];
  at += count * sizeof(T);
  return {first, count};
}

size_t slot_count(const Plan& plan, const Program& program) {
  return plan.alarm_slot(program.alarms.size(), AlarmTimer::unknown_clears);
}

}  // namespace

Engine::Core::Core(const Program& given, const EngineConfig& settings)
    : program(given),
      given_hash(given.hash()),
      plan(make_plan(program, settings.devices)),
      deadlines(slot_count(plan, program)) {
  LL_ASSERT(program.operations.size() <= kAllOperationsMax);
  LL_ASSERT(program.alarms.size() <= kAllAlarmsMax);
  block.resize(program.signals.size() * sizeof(ReadingState) +
               program.operations.size() * sizeof(OpState) + plan.timed_count * sizeof(TimedState) +
               plan.compare_count * sizeof(CompareState) + plan.area_count * sizeof(AreaState) +
               plan.count_count * sizeof(CountState) + plan.start_count * sizeof(int64_t) +
               plan.window_count * (sizeof(WindowState) + kPanes * sizeof(WindowPane)) +
               plan.button_count * sizeof(ButtonState) + plan.lease_count * sizeof(LeaseState) +
               program.alarms.size() * sizeof(AlarmState) +
               plan.devices.size() * sizeof(DeviceState));
  size_t at = 0;
  signals = carve<ReadingState>(block, at, program.signals.size());
  ops = carve<OpState>(block, at, program.operations.size());
  timed = carve<TimedState>(block, at, plan.timed_count);
  compares = carve<CompareState>(block, at, plan.compare_count);
  areas = carve<AreaState>(block, at, plan.area_count);
  counts = carve<CountState>(block, at, plan.count_count);
  starts = carve<int64_t>(block, at, plan.start_count);
  windows = carve<WindowState>(block, at, plan.window_count);
  panes = carve<WindowPane>(block, at, plan.window_count * kPanes);
  buttons = carve<ButtonState>(block, at, plan.button_count);
  leases = carve<LeaseState>(block, at, plan.lease_count);
  alarms = carve<AlarmState>(block, at, program.alarms.size());
  devices = carve<DeviceState>(block, at, plan.devices.size());
  LL_ASSERT(at == block.size());
  prepare_linears();
  lengths.resize(program.spans.size());
  flags.resize(plan.technical.size());
  limit_changed.resize(program.limits.size());
  totals.now = settings.start.ns;
  totals.origin = settings.start.ns;
  totals.next_occurrence = settings.first_occurrence;
  totals.profiles = settings.profiles;
  rebuild_bounds();
  for (DeviceState& device : devices) device.last_frame = settings.start.ns;
  for (size_t i = 0; i < flags.size(); ++i) {
    if (plan.technical[i].kind == Technical::time_not_set) flags[i] = settings.time_is_set ? 0 : 1;
  }
  rearm_everything();
}

// Deadlines outside the state block follow from it.
void Engine::Core::rearm_everything() {
  for (size_t i = 0; i < signals.size(); ++i) deadlines.arm(i, signals[i].stale_at);
  for (size_t i = 0; i < devices.size(); ++i) {
    const int64_t end = devices[i].last_frame + silence_limit(plan.devices[i]).ns;
    deadlines.arm(plan.device_slot(i), end > totals.now ? end : kNever.ns);
  }
  // A due that has passed was judged when it fell due; before the start nothing was.
  const auto ahead = [&](int64_t due) {
    return totals.started == 0 || due > totals.now ? due : kNever.ns;
  };
  for (size_t a = 0; a < alarms.size(); ++a) {
    const AlarmState& s = alarms[a];
    deadlines.arm(plan.alarm_slot(a, AlarmTimer::unknown_clears), ahead(s.unknown_due));
    deadlines.arm(plan.alarm_slot(a, AlarmTimer::remind), ahead(s.remind_due));
    deadlines.arm(plan.alarm_slot(a, AlarmTimer::ack_timeout), ahead(s.ack_due));
    deadlines.arm(plan.alarm_slot(a, AlarmTimer::pause), ahead(s.pause_due));
  }
}

// The program's start is an instant of its own if nothing came in then.
int64_t Engine::Core::next_due() const {
  return totals.started == 0 ? totals.now : deadlines.next();
}

StepStatus Engine::Core::step(MonoTime now, const Input& input, EffectList& list) {
  LL_ASSERT(now.ns > totals.now || (totals.started == 0 && now.ns == totals.now));
  LL_ASSERT(input.commands.size() <= kCommandsPerStepMax);
  const size_t room = alarms.size() * kEventsPerAlarm + 3 * input.commands.size() + gone.size() +
                      2 * program.buttons.size();
  LL_ASSERT(room <= EffectList::kEventsMax);
  effects = &list;
  emitted = now.ns;
  apply_gap(input.gap);
  while (next_due() < now.ns) {
    if (list.room() < room) return StepStatus::again;
    run_instant(next_due(), nullptr);
  }
  if (list.room() < room) return StepStatus::again;
  run_instant(now.ns, &input);
  effects = nullptr;
  return StepStatus::done;
}

void Engine::Core::run_instant(int64_t t, const Input* input) {
  ++counters.instants;
  if (!gone.empty()) close_gone(t);
  if (input != nullptr) {
    if (input->profiles) apply_profiles(*input->profiles);
    for (const InputSample& sample : input->samples) apply_sample(sample, t);
    for (const DeviceFrame& frame : input->frames) apply_frame(frame.device, t);
    for (const TechnicalChange& change : input->technical) apply_technical(change);
    if (input->gap == Gap::unknown) end_leases(t);
    for (const Command& command : input->commands) apply_command(command, t);
  }
  take_due(t);
  evaluate_dirty(t);
  run_alarms(t);
  run_inhibitions(t);
  if (input != nullptr && input->gap == Gap::unknown) end_quiet(t);
  run_timers(t);
  if (profiles_changed) std::fill(limit_changed.begin(), limit_changed.end(), uint8_t{0});
  profiles_changed = false;
  evaluate_all = false;
  totals.started = 1;
  totals.now = t;
}

// ---- the public face

Engine::Engine(const Program& program, const EngineConfig& config)
    : core_(std::make_unique<Core>(program, config)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

StepStatus Engine::step(MonoTime now, const Input& input, EffectList& effects) {
  return core_->step(now, input, effects);
}

MonoTime Engine::next_deadline() const { return {core_->next_due()}; }
MonoTime Engine::now() const { return {core_->totals.now}; }
size_t Engine::alarm_count() const { return core_->program.alarms.size(); }
size_t Engine::program_alarm_count() const { return core_->plan.program_alarms; }
const Alarm& Engine::alarm(AlarmIndex index) const { return core_->program.alarms[index]; }
AlarmView Engine::view(AlarmIndex index) const { return core_->view(index); }
MonoTime Engine::pressed_until(uint16_t button) const {
  return {core_->buttons[core_->plan.record[core_->plan.button_op[button]]].until};
}
MonoTime Engine::rests_until(uint16_t button) const {
  const ButtonState& s = core_->buttons[core_->plan.record[core_->plan.button_op[button]]];
  if (s.until != kOpen || s.ended_at == kUnset) return kNever;
  const int64_t end = s.ended_at + core_->program.buttons[button].rests.ns;
  return end > core_->totals.now ? MonoTime{end} : kNever;
}
Duration Engine::longest_pause(AlarmIndex index) const {
  return audio_pause_max(core_->priority_of(index));
}
Truth Engine::truth(OpIndex op) const { return core_->truth(op); }
ProfileSet Engine::profiles() const { return static_cast<ProfileSet>(core_->totals.profiles); }
uint64_t Engine::next_occurrence() const { return core_->totals.next_occurrence; }
HoleValue Engine::value_now(const Linear& value) const {
  return core_->hole_value(value, core_->totals.now);
}
const EngineCounters& Engine::counters() const { return core_->counters; }
const Program& Engine::program() const { return core_->program; }
size_t Engine::state_bytes() const { return core_->block.size() + sizeof(Totals); }
uint64_t Engine::digest() const { return core_->digest(); }
void Engine::snapshot(std::vector<std::byte>& out) const { core_->snapshot(out); }

Status Engine::restore(std::span<const std::byte> snapshot) {
  return core_->restore(snapshot, false);
}

Status Engine::restore_alarms_only(std::span<const std::byte> snapshot) {
  return core_->restore(snapshot, true);
}

SignalView Engine::signal_view(SignalIndex index) const {
  const ReadingState& s = core_->signals[index];
  SignalView v;
  v.valid = core_->is_valid(index);
  v.quality = static_cast<Quality>(s.quality);
  v.reason = static_cast<Reason>(s.reason);
  v.value = s.value;
  v.measured_at = s.valid_at == kUnset ? kNever : MonoTime{s.valid_at};
  return v;
}

std::string_view name_of(ConditionState state) {
  switch (state) {
    case ConditionState::idle:
      return "idle";
    case ConditionState::raised:
      return "raised";
    case ConditionState::unconfirmed:
      return "unconfirmed";
    case ConditionState::latched:
      return "latched";
  }
  return "idle";
}

std::string_view name_of(SignalState state) {
  switch (state) {
    case SignalState::off:
      return "off";
    case SignalState::on:
      return "on";
    case SignalState::acknowledged:
      return "acknowledged";
    case SignalState::marked:
      return "marked";
  }
  return "off";
}

}  // namespace lamplight::engine
