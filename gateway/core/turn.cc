// One step: the engine runs once at `now`, and what it says becomes journal events.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::core {
namespace {

engine::Binding bind(const engine::Program& program) {
  auto binding = engine::Binding::make(program);
  LL_ASSERT(binding.has_value());  // whoever loads a program has checked it (lamplightd --check)
  return std::move(*binding);
}

}  // namespace

Core::Parts::Parts(Setup s, engine::Program p)
    : setup(std::move(s)),
      program(std::move(p)),
      binding(bind(program)),
      recorder(setup, state),
      batcher(setup),
      outbox(setup, *this),
      watched_until(setup.devices.size(), MonoTime{INT64_MIN}),
      newest(setup.devices.size()) {
  LL_ASSERT(setup.devices.size() <= limits::kDevicesMax);
  for (size_t i = 0; i < setup.devices.size(); ++i) {
    LL_ASSERT(setup.devices[i].number == i + 1);
  }
  state.devices = known_devices({});
}

void Core::Parts::step(MonoTime now, const Input& input, bool is_replay) {
  replaying = is_replay;
  turn.clear();
  asked.clear();
  annunciate = false;
  reminded.clear();
  state.now = now;
  if (std::exchange(state.end_restarted, false)) {
    set_technical(engine::Technical::monitor_restarted, false);
  }
  if (std::exchange(state.end_damaged, false)) {
    set_technical(engine::Technical::record_damaged, false);
  }
  if (!engine && !std::holds_alternative<Booted>(input)) {
    // Live, nothing would ever be decided again, and every screen would look calm.
    LL_ASSERT(is_replay);
    rebatch(now, input);  // from before the state that we begin with
    return;
  }
  visit(input);
  derive(now);
  run_engine();
  close_batches(now, std::holds_alternative<Shutdown>(input));
}

// A broker that accepts and drops us again brings nothing to the care team: only a connection that
// holds ends the alarm, and a short one does not start the time of being down anew.
bool Core::Parts::is_uplink_lost(MonoTime now) const {
  if (!setup.has_broker) return false;
  if (state.uplink_up) return state.uplink_alarm && now - state.uplink_since < kUplinkHolds;
  return state.uplink_alarm || now - state.uplink_lost_since >= kUplinkLostAfter;
}

// When time alone will change is_uplink_lost().
MonoTime Core::Parts::uplink_due() const {
  if (!setup.has_broker || state.uplink_up != state.uplink_alarm) return kNever;
  return state.uplink_up ? state.uplink_since + kUplinkHolds
                         : state.uplink_lost_since + kUplinkLostAfter;
}

// Technical conditions that follow from time and the state of links.
void Core::Parts::derive(MonoTime now) {
  const bool lost = is_uplink_lost(now);
  if (lost != state.uplink_alarm) {
    state.uplink_alarm = lost;
    set_technical(engine::Technical::uplink_lost, lost);
  }
}

void Core::Parts::run_engine() {
  const engine::Input input{.samples = turn.samples,
                            .frames = turn.frames,
                            .commands = turn.commands,
                            .technical = turn.technical,
                            .profiles = turn.profiles,
                            .gap = turn.gap};
  const MonoTime now = engine_time(state.now);
  bool again = true;
  while (again) {
    list.clear();
    again = engine->step(now, input, list) == engine::StepStatus::again;
    record_engine_events();
    annunciate = annunciate || list.annunciate();
  }
}

// The annunciate effect leaves with this step; its instant belongs into `raised`.
void Core::Parts::note_signalled(const engine::Event& event) {
  const engine::AlarmView view = engine->view(event.alarm);
  const bool sounds = view.audible && view.occurrence == event.occurrence;
  if (sounds && signalled_at(state, event.occurrence) == kNever) {
    state.signalled.push_back({event.occurrence, state.now});
  }
}

// A pause and a lease hold back sound of every kind, the short reminder too.
void Core::Parts::remind(const engine::Event& event) {
  if (event.kind != engine::EventKind::reminder) return;
  const engine::AlarmView view = engine->view(event.alarm);
  if (!view.inhibited && !view.paused) reminded.push_back(event.occurrence);
}

// A press began or ended: with name and place, in the lane of what people did to the house.
void Core::Parts::window_event(const engine::Event& event) {
  const bool started = event.kind == engine::EventKind::window_started;
  const uint64_t seq = recorder.append(
      {.lane = Lane::system,
       .t = boot_time(event.t),
       .event = started ? "window.started" : "window.ended"},
      [&](JsonWriter& out) {
        out.key("button").string(engine->program().buttons[event.button].name);
        if (event.until != kNever) {
          const MonoTime until = boot_time(event.until);
          write_instant(out, "until", until);
          out.key("until_at").string(rfc3339(state.wall.at(until).unix_ns));
        }
        if (event.actor.id_text().empty()) return;
        out.key("actor").string(event.actor.id_text()).key("role").string(event.actor.role_text());
        out.key("place").string(name_of(event.actor.place));
      });
  if (event.tag != 0) answered_by_engine(event, Lane::system, seq);
}

void Core::Parts::record_engine_events() {
  const AlarmBody context{*engine, list, setup.devices, state};
  for (const engine::Event& event : list.events()) {
    if (event.kind == engine::EventKind::command_rejected) {
      answered_by_engine(event, Lane::system, 0);
      continue;
    }
    keep_act(event);
    if (event.button != engine::kNone) {
      window_event(event);
      continue;
    }
    note_signalled(event);
    remind(event);
    std::optional<CommandRef> command;
    std::string reason;
    if (const auto who = asked.find(event.tag); who != asked.end()) {
      if (who->second.remote) command = CommandRef{who->second.id, "done", {}};
      reason = who->second.act.reason;
    }
    const std::string name = "alarm." + std::string(engine::name_of(event.kind));
    const uint64_t seq = recorder.append({.lane = Lane::alarm,
                                          .t = boot_time(event.t),
                                          .event = name,
                                          .occurrence = event.occurrence,
                                          .rule = engine->alarm(event.alarm).id},
                                         [&](JsonWriter& out) {
                                           write_alarm_fields(out, context, event, command);
                                           if (!reason.empty()) out.key("reason").string(reason);
                                         });
    if (event.tag != 0) answered_by_engine(event, Lane::alarm, seq);
  }
  if (list.events().empty() && turn.gap == engine::Gap::none) return;
  drop_ended_acts();
  // Occurrences that are over need no instant any more.
  std::erase_if(state.signalled, [&](const Signalled& s) {
    for (engine::AlarmIndex i = 0; i < engine->alarm_count(); ++i) {
      if (engine->view(i).occurrence == s.occurrence) return false;
    }
    return true;
  });
}

uint64_t Core::Parts::system_event(std::string_view event, const Recorder::Fields& fields) {
  return recorder.append({.lane = Lane::system, .t = state.now, .event = event}, fields);
}

void Core::Parts::set_technical(engine::Technical kind, bool on, DeviceNumber device) {
  if (kind == engine::Technical::sounder_failing) state.sounder_failing = on;
  if (kind == engine::Technical::alarms_over_quota) state.over_quota = on;
  const auto index = static_cast<uint8_t>(device == 0 ? 0 : device - 1);
  turn.technical.push_back({.kind = kind, .device = index, .present = on});
}

void Core::Parts::gap(const store::RecordGap& found) {
  if (replaying) told_again.push_back(found);
  const Recorder::What what{
      .lane = Lane::system, .t = state.now, .event = "system.gap", .gap = found};
  recorder.append(what, [&](JsonWriter& out) {
    out.key("missing").begin_object().key("lane").string(name_of(found.lane));
    const auto number = [&](const char* key, const std::optional<uint64_t>& n) {
      out.key(key);
      if (n) {
        out.integer(static_cast<int64_t>(*n));
      } else {
        out.null();
      }
    };
    number("first", found.first);
    number("last", found.last);
    write_instant(out, "t0", found.t0.value_or(kNever));
    write_instant(out, "t1", found.t1.value_or(kNever));
    out.key("why").string(found.why).end_object();
  });
}

}  // namespace lamplight::core
