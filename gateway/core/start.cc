// Beginning: from the store's snapshot and the ring, or from less.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/assert.h"

namespace lamplight::core {
namespace {

size_t index(Lane lane) { return static_cast<size_t>(lane); }

std::string_view name_of_kind(BootKind kind) {
  switch (kind) {
    case BootKind::first:
    case BootKind::provisional:
      return "first";
    case BootKind::clean:
      return "clean";
    case BootKind::crash:
      return "crash";
    case BootKind::reboot:
      return "reboot";
    case BootKind::poison:
      return "poison";
  }
  return "first";
}

// To the knowledge of whoever began.
bool has_past(BootKind kind) { return kind != BootKind::first && kind != BootKind::provisional; }

}  // namespace

void Core::Parts::restore(const store::Opened& from, Restore mode, bool ring_complete) {
  opened = from;
  how = mode;
  recorder.opened(from);
  outbox.opened(from);
  if (from.snapshot) {
    Result<Snapshot> read = decode_snapshot(from.snapshot->state);
    Status usable;
    if (!read) {
      usable = failure(read.error());
    } else {
      pending = std::move(*read);
      if (how == Restore::resume) usable = try_engine();
    }
    if (!usable) {
      tell_unreadable(usable.error());
      how = Restore::fresh;
    }
  }
  const bool same_boot = pending && pending->state.boot == setup.boot;
  batcher.opened(from, same_boot || from.same_boot);
  if (how == Restore::fresh) {
    replay_state_after = kNever;
  } else if (same_boot) {
    const auto head = engine::Engine::read_head(pending->engine);
    // Another program, or inputs that are now another device's, would say other things under the
    // seqs that the record already has.
    resume = ring_complete && head && head->program_hash == program.hash() &&
             has_same_devices(pending->state);
    replay_state_after = resume ? pending->state.now : kNever;
  } else {
    // The ring, if it holds anything, began with this boot's own Booted.
    resume = ring_complete;
    replay_state_after = ring_complete ? MonoTime{INT64_MIN} : kNever;
  }
  if (pending) {
    state = pending->state;
    state.devices = known_devices(std::move(state.devices));
  }
  if (resume && same_boot) {
    start_engine(Booted{});
  }
  remember_commands();
}

bool Core::Parts::has_same_devices(const State& from) const {
  return std::ranges::equal(from.devices, setup.devices, {}, &DeviceState::id, &DeviceSetup::id);
}

engine::EngineConfig Core::Parts::engine_config() const {
  engine::EngineConfig config;
  for (const DeviceSetup& device : setup.devices) config.devices.push_back(device.role);
  config.profiles = state.profiles;
  config.time_is_set = true;  // time_not_set is driven from here
  return config;
}

// Tried before anything is decided: how we begin goes into the record, and what another version
// wrote must not become an empty engine under the words of an ordinary start. Not tried after a
// poison start, which must not touch more of it than it needs.
Status Core::Parts::try_engine() const {
  const auto head = engine::Engine::read_head(pending->engine);
  if (!head) return failure(head.error());
  engine::EngineConfig config = engine_config();
  config.start = head->now;
  return engine::Engine(program, config).restore(pending->engine);
}

void Core::Parts::tell_unreadable(const std::string& why) {
  log.push_back({LogLevel::error, "the state of the alarms could not be read: " + why});
}

// Commands whose rows are later than the state we begin with come again in the replay, and must
// then be new.
void Core::Parts::remember_commands() {
  for (const store::KnownCommand& known : opened.commands) {
    const Lane lane = known.outcome == "done" ? Lane::alarm : Lane::system;
    const uint64_t next = lane == Lane::alarm ? state.next_alarm : state.next_system;
    if (resume && known.seq && *known.seq >= next) continue;
    memory.remember(state.now, known.id, {known.seq, lane});
  }
}

MonoTime Core::Parts::replay_from() const {
  if (how == Restore::fresh) return kNever;
  const MonoTime batches =
      std::min(batcher.last_batch(Lane::vitals), batcher.last_batch(Lane::wave));
  return std::min(replay_state_after, batches);
}

// Where a lane goes on. Events that were published without being durable, and whose inputs we do
// not have, keep their seqs: then it is above all that may have been used, and the hole is told.
uint64_t Core::Parts::floor_of(Lane lane, bool uncertain, Booted& b) const {
  const store::LaneState& from = opened.lanes[index(lane)];
  const uint64_t next = lane == Lane::alarm ? state.next_alarm : state.next_system;
  const uint64_t floor = std::max(next, from.next_seq);
  if (!uncertain || from.reserved < floor) return floor;
  b.made.push_back({.lane = lane,
                    .first = floor,
                    .last = from.reserved,
                    .t0 = std::nullopt,
                    .t1 = std::nullopt,
                    .why = "not_watching"});
  return from.reserved + 1;
}

Booted Core::Parts::boot_input(MonoTime now, const WallChange& clock) const {
  Booted b;
  b.boot = setup.boot;
  b.last_boot = opened.last_boot;
  const WallTime wall = clock.wall;
  b.wall = wall;
  b.profiles = clock.profiles;
  b.synchronised = clock.synchronised;
  b.problems = opened.problems;
  // What the store has not seen told, but for what the replay has told just now.
  std::copy_if(opened.gaps.begin(), opened.gaps.end(), std::back_inserter(b.gaps),
               [&](const store::RecordGap& g) {
                 return std::find(told_again.begin(), told_again.end(), g) == told_again.end();
               });
  const store::LaneState& alarm = opened.lanes[index(Lane::alarm)];
  const store::LaneState& system = opened.lanes[index(Lane::system)];
  const bool has_history = pending || alarm.next_seq > 1 || system.next_seq > 1;
  const bool same_boot = state.boot == setup.boot || opened.same_boot;
  if (how == Restore::fresh) {
    b.kind = BootKind::poison;
  } else if (engine) {
    b.kind = opened.clean_stop ? BootKind::clean : BootKind::crash;
  } else if (!has_history) {
    b.kind = BootKind::first;
  } else {
    b.kind = same_boot ? (opened.clean_stop ? BootKind::clean : BootKind::crash) : BootKind::reboot;
  }
  const bool uncertain = same_boot && !engine && !opened.clean_stop && has_history;
  b.next_alarm = floor_of(Lane::alarm, uncertain, b);
  b.next_system = floor_of(Lane::system, uncertain, b);
  if (same_boot) {
    const MonoTime alive = std::max(state.now, opened.same_boot ? opened.last_alive : state.now);
    b.gap = std::max(now - alive, Duration{});
  } else if (has_history && wall.clock == ClockState::synchronised &&
             opened.last_wall.clock == ClockState::synchronised &&
             wall.unix_ns >= opened.last_wall.unix_ns) {
    b.gap = nanoseconds(wall.unix_ns - opened.last_wall.unix_ns);
  }
  b.first_occurrence = first_occurrence(b.next_alarm);
  return b;
}

// No occurrence has had a number without an event of lane alarm, so the seqs bound the numbers: by
// as many as came behind the snapshot, or by all of them if it cannot be read.
uint64_t Core::Parts::first_occurrence(uint64_t next_alarm) const {
  if (engine) return engine->next_occurrence();
  if (!pending) return next_alarm;
  const auto head = engine::Engine::read_head(pending->engine);
  if (!head) return next_alarm;
  const uint64_t known = opened.snapshot->lane_seq;
  return head->next_occurrence + (next_alarm > known + 1 ? next_alarm - 1 - known : 0);
}

// Makes the engine from what is pending. Its own time goes on by the length of the gap where that
// is known, else not at all; it never goes back.
void Core::Parts::start_engine(const Booted& b) {
  engine::EngineConfig config = engine_config();
  config.first_occurrence = b.first_occurrence;
  const auto head = pending ? engine::Engine::read_head(pending->engine)
                            : Result<engine::Engine::SnapshotHead>(failure("no snapshot"));
  if (!head) {
    config.start = engine_time(state.now);
    engine.emplace(program, config);
    pending.reset();
    return;
  }
  const bool only_alarms = how == Restore::fresh;
  config.start = only_alarms ? engine_time(state.now) : head->now;
  engine.emplace(program, config);
  const Status restored =
      only_alarms ? engine->restore_alarms_only(pending->engine) : engine->restore(pending->engine);
  if (!restored) {
    tell_unreadable(restored.error());
    config.start = engine_time(state.now);
    engine.emplace(program, config);
  }
  pending.reset();
}

// The ring begins with a process that did not trust its own: what came before is in the snapshot
// alone, and its engine began with the open alarms only.
void Core::Parts::replay_fresh_start() {
  const MonoTime now = state.now;
  const MonoTime live_after = replay_state_after;
  resume = false;
  engine.reset();
  restore(store::Opened(opened), Restore::fresh, false);
  state.now = now;
  replay_state_after = live_after;
}

// The engine's time goes on over the end of a boot. An instant that is kept by the boot's own clock
// stays the same one only if it moves with it.
void Core::Parts::move_to_clock_of(const Booted& b) {
  const auto head = engine::Engine::read_head(pending->engine);
  if (!head) return;
  const Duration length = std::max(b.gap.value_or(Duration{}), nanoseconds(1));
  const int64_t before = state.engine_offset_ns;
  state.engine_offset_ns = (head->now + length - state.now).ns;
  for (Signalled& s : state.signalled) s.at.ns += before - state.engine_offset_ns;
}

void Core::Parts::on_booted(const Booted& b) {
  const Restore live = how;
  if (replaying && b.kind == BootKind::poison) replay_fresh_start();
  const MonoTime now = state.now;
  if (!engine && pending && state.boot != b.boot) move_to_clock_of(b);
  // Children died with the process, or with the box. Downtime extends no deadline: who was without
  // the care team before stays so, who had it lost it when we were last alive.
  const bool other_boot = state.boot != b.boot;
  if (other_boot) {
    state.uplink_since = state.uplink_lost_since = now;
  } else if (state.uplink_up) {
    end_uplink(now - b.gap.value_or(Duration{}));
  }
  state.uplink_up = state.uplink_failing = state.clock_unset = false;
  state.boot = b.boot;
  state.since = now;
  state.wall = {now, b.wall};
  state.profiles = b.synchronised ? b.profiles : 0;
  state.store_failing = state.store_stalled = false;
  state.next_alarm = std::max(state.next_alarm, b.next_alarm);
  state.next_system = std::max(state.next_system, b.next_system);
  if (!engine) start_engine(b);
  how = live;
  const bool known = b.gap.has_value();
  turn.gap =
      !has_past(b.kind) ? engine::Gap::none : (known ? engine::Gap::known : engine::Gap::unknown);
  turn.profiles = state.profiles;
  note_boot(b);
  restart_devices(!other_boot);
  tell_technical(b.synchronised);
  batcher.soon();
}

// An engine that was not restored with them has no flags at all, and what is told as a change
// alone would never be told again: all of them are told anew. What a child or a disk had told us is
// over with the process that heard it; whoever still finds it so says it again before the alarm is
// cleared. What takes longer to find again, in lives that may be shorter than that, outlives the
// process: the watch of the sounders and the store tell their first finding either way.
void Core::Parts::tell_technical(bool is_synchronised) {
  using engine::Technical;
  for (const Technical kind :
       {Technical::uplink_failing, Technical::clock_unset, Technical::record_failing}) {
    set_technical(kind, false);
  }
  for (const DeviceSetup& device : setup.devices) {
    for (const Technical kind :
         {Technical::driver_failing, Technical::driver_flooding, Technical::wrong_device}) {
      set_technical(kind, false, device.number);
    }
  }
  set_technical(Technical::sounder_failing, state.sounder_failing);
  set_technical(Technical::alarms_over_quota, state.over_quota);
  set_technical(Technical::disk_low, !state.disk_low.empty());
  set_technical(Technical::uplink_lost, state.uplink_alarm);
  set_technical(Technical::time_not_set, !program.profiles.empty() && !is_synchronised);
}

// What the record says about this beginning.
void Core::Parts::note_boot(const Booted& b) {
  system_event("system.boot", [&](JsonWriter& out) {
    out.key("kind").string(name_of_kind(b.kind)).key("version").string(setup.version);
    out.key("rules").string(program.name).key("rules_version").integer(program.rules_version);
    out.key("plan_version").integer(program.plan_version).key("last_boot");
    b.last_boot.empty() ? out.null() : out.string(b.last_boot);
  });
  if (has_past(b.kind)) {
    system_event("system.not_watching", [&](JsonWriter& out) {
      out.key("gap_ms");
      b.gap ? out.integer(b.gap->ms()) : out.null();
    });
    std::optional<MonoTime> from;
    if (b.gap) from = state.now - *b.gap;
    gap({Lane::vitals, {}, {}, from, state.now, "not_watching"});
  }
  for (const store::RecordGap& found : b.gaps) gap(found);
  for (const store::RecordGap& made : b.made) gap(made);
  if (!b.problems.empty()) {
    set_technical(engine::Technical::record_damaged, true);
    state.end_damaged = true;
    system_event("system.record_damaged", [&](JsonWriter& out) {
      out.key("problems").begin_array();
      for (const std::string& problem : b.problems) out.string(problem);
      out.end_array();
    });
  }
  if (b.kind == BootKind::poison) {
    set_technical(engine::Technical::monitor_restarted, true);
    state.end_restarted = true;
    system_event("system.monitor_restarted", [](JsonWriter&) {});
  }
}

}  // namespace lamplight::core
