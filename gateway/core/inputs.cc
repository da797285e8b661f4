// Inputs from devices, processes and clocks. What is known of a device is kept by devices.cc.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/catalogue.h"

namespace lamplight::core {
namespace {

// A device that has been heard since is no part of what its driver's flood has lost.
constexpr Duration kFloodIsOver = seconds(2);
constexpr int64_t kStepNs = 500'000'000;  // smaller corrections are slewing, not an event

template <class... T>
struct Overloaded : T... {
  using T::operator()...;
};
template <class... T>
Overloaded(T...) -> Overloaded<T...>;

}  // namespace

void Core::Parts::visit(const Input& input) {
  std::visit(
      Overloaded{
          [&](const Booted& b) { on_booted(b); }, [&](const SamplesIn& in) { on_samples(in); },
          [&](const DeviceFact& f) { on_fact(f); }, [&](const ChildChange& c) { on_child(c); },
          [&](const BedsideAct& a) { on_bedside(a); },
          [&](const RemoteCommand& c) { on_command(c); }, [&](const LinkChange& l) { on_link(l); },
          [&](const WallChange& w) { on_wall(w); },
          [&](const TechnicalChange& t) { on_technical(t); },
          [&](const StoreChange& s) { on_store_change(s); }, [&](const GapFound& g) { gap(g.gap); },
          [](const Tick&) {}, [&](const Shutdown& s) { on_shutdown(s); },
          [&](const SounderReport& s) { on_sounder(s); }},
      input);
  tell_due(false);
}

// Outside input: ids of another role, or of none, are the driver's mistake and go no further.
std::vector<Sample> Core::Parts::usable(const SamplesIn& in) const {
  std::vector<Sample> samples;
  const DeviceSetup* device = find_device(in.device);
  if (device == nullptr) return samples;
  const auto given = in.samples.first(std::min(in.samples.size(), kInputSamplesMax));
  samples.reserve(given.size());
  for (const Sample& sample : given) {
    if (sample.signal >= catalogue().size()) continue;
    if (signal_info(sample.signal).role == device->role) samples.push_back(sample);
  }
  return samples;
}

void Core::Parts::rebatch(MonoTime now, const Input& input) {
  const auto* in = std::get_if<SamplesIn>(&input);
  if (in == nullptr || find_device(in->device) == nullptr) return;
  batcher.add(now, in->device, usable(*in), state.wall, closed);
}

void Core::Parts::feed_engine(const Sample& sample) {
  Sample in_engine_time = sample;
  in_engine_time.measured_at = engine_time(sample.measured_at);
  if (const auto input = binding.translate(in_engine_time)) turn.samples.push_back(*input);
}

void Core::Parts::on_samples(const SamplesIn& in) {
  if (find_device(in.device) == nullptr) return;
  DeviceState& known = state.devices[in.device - 1u];
  bool is_frame = false;
  const std::vector<Sample> samples = usable(in);
  for (const Sample& sample : samples) {
    feed_engine(sample);
    newest[in.device - 1u].insert_or_assign(sample.signal, sample);
    is_frame = is_frame || sample.reason != Reason::link_lost;
    const auto at = std::lower_bound(known.seen.begin(), known.seen.end(), sample.signal);
    if (at == known.seen.end() || *at != sample.signal) known.seen.insert(at, sample.signal);
  }
  if (is_frame) turn.frames.push_back({static_cast<uint8_t>(in.device - 1)});
  count_numbers(known, in.samples);
  known.samples += samples.size();
  batcher.add(state.now, in.device, samples, state.wall, closed);
}

void Core::Parts::on_child(const ChildChange& child) {
  using engine::Technical;
  const bool uplink = child.name == "uplink";
  const auto event = [&](std::string_view what) {
    system_event("system.process", [&](JsonWriter& out) {
      out.key("process").string(cut(child.name)).key("what").string(what);
      out.key("text").string(cut(child.why));
      if (child.dropped > 0) out.key("dropped").integer(static_cast<int64_t>(child.dropped));
    });
  };
  const auto on_devices = [&](auto&& act) {
    for (size_t i = 0; i < setup.devices.size(); ++i) {
      if (setup.devices[i].port == child.name) act(i);
    }
  };
  const auto technical = [&](Technical of_driver, Technical of_uplink, bool on) {
    if (uplink) set_technical(of_uplink, on);
    on_devices([&](size_t i) { set_technical(of_driver, on, setup.devices[i].number); });
  };
  switch (child.state) {
    case ChildState::started:
      on_devices([&](size_t i) { begin_device(i); });
      return;
    case ChildState::died:
      event("died");
      if (uplink) {
        if (!replaying) outbox.uplink_gone();
        note_uplink(false, child.why);
      }
      on_devices([&](size_t i) { lose_device(i, child.why); });
      return;
    case ChildState::failing:
      event("failing");
      technical(Technical::driver_failing, Technical::uplink_failing, true);
      on_devices([&](size_t i) { set_fact(i, &DeviceState::failing, true); });
      state.uplink_failing = state.uplink_failing || uplink;
      return;
    case ChildState::steady:
      event("steady");
      technical(Technical::driver_failing, Technical::uplink_failing, false);
      on_devices([&](size_t i) { set_fact(i, &DeviceState::failing, false); });
      if (uplink) state.uplink_failing = false;
      return;
    case ChildState::flooding:
      event("flooding");
      on_devices([&](size_t i) {
        set_fact(i, &DeviceState::flooding, true);
        set_technical(Technical::driver_flooding, true, setup.devices[i].number);
      });
      return;
    case ChildState::flood_over:
      event("flood_over");
      on_devices([&](size_t i) {
        note_unseen_loss(i, kFloodIsOver);
        set_fact(i, &DeviceState::flooding, false);
        set_technical(Technical::driver_flooding, false, setup.devices[i].number);
      });
      return;
  }
}

void Core::Parts::on_link(const LinkChange& link) {
  // The process that made it is gone when this is replayed.
  if (!replaying) outbox.on_link(link);
  if (link.conn == Conn::backlog) return;
  const bool up = link.state == LinkState::connected;
  // Only a broker that answers, or a certificate judged by a good clock, takes it back.
  if (link.why == "clock_unset") note_clock_unset(true, "the broker's certificate needs a date");
  if (up || link.why == "certificate") note_clock_unset(false, "");
  note_uplink(up, link.why);
}

// A link that never came up is lost too, and the record says why.
void Core::Parts::note_uplink(bool up, const std::string& why) {
  if (state.uplink_up) end_uplink(state.now);  // also one whose end nobody told
  if (up) {
    batcher.soon();
    state.uplink_up = true;
    const MonoTime down_since = std::exchange(state.uplink_since, state.now);
    if (!std::exchange(state.uplink_lost_told, false)) return;
    system_event("system.uplink_restored", [&](JsonWriter& out) {
      out.key("down_ms").integer((state.now - down_since).ms());
    });
    return;
  }
  if (std::exchange(state.uplink_lost_told, true)) return;
  system_event("system.uplink_lost", [&](JsonWriter& out) { out.key("text").string(cut(why)); });
}

void Core::Parts::end_uplink(MonoTime at) {
  if (at - state.uplink_since >= kUplinkHolds) state.uplink_lost_since = at;
  state.uplink_since = at;
  state.uplink_up = false;
}

void Core::Parts::note_clock_unset(bool unset, const std::string& why) {
  if (std::exchange(state.clock_unset, unset) == unset) return;
  set_technical(engine::Technical::clock_unset, unset);
  system_event("system.clock_unset", [&](JsonWriter& out) {
    out.key("present").boolean(unset).key("text").string(cut(why));
  });
}

void Core::Parts::on_wall(const WallChange& change) {
  const WallTime expected = state.wall.at(state.now);
  const int64_t by = change.wall.unix_ns - expected.unix_ns;
  const bool stepped = by >= kStepNs || by <= -kStepNs;
  if (change.wall.clock != expected.clock) outbox.status_changed();
  state.wall = {state.now, change.wall};
  state.profiles = change.synchronised ? change.profiles : 0;
  turn.profiles = state.profiles;
  set_technical(engine::Technical::time_not_set, !program.profiles.empty() && !change.synchronised);
  if (!stepped) return;
  system_event("system.clock_stepped", [&](JsonWriter& out) {
    out.key("by_ms").integer(by / 1'000'000);
    out.key("was").string(lamplight::name_of(expected.clock));
  });
}

void Core::Parts::on_technical(const TechnicalChange& change) {
  const auto& info = engine::info_of(change.kind);
  if (change.kind == engine::Technical::device_silent) return;  // the engine's own timer
  if (info.per_device && find_device(change.device) == nullptr) return;
  if (change.kind == engine::Technical::clock_unset) {
    return note_clock_unset(change.on, change.why);
  }
  if (change.kind == engine::Technical::disk_low) return note_disk_low(change.on, change.why);
  set_technical(change.kind, change.on, info.per_device ? change.device : DeviceNumber{0});
}

// How much is free changes all the time: the screens have the newest word, the record the change.
void Core::Parts::note_disk_low(bool low, const std::string& why) {
  const bool before = !state.disk_low.empty();
  state.disk_low = !low ? "" : why.empty() ? "the disk is nearly full" : cut(why);
  if (before == low) return;
  set_technical(engine::Technical::disk_low, low);
  system_event("system.disk_low", [&](JsonWriter& out) {
    out.key("present").boolean(low).key("text").string(cut(why));
  });
}

void Core::Parts::on_store_change(const StoreChange& change) {
  const bool before = state.store_failing || state.store_stalled;
  switch (change.state) {
    case StoreState::failing:
      state.store_failing = true;
      break;
    case StoreState::stalled:
      state.store_stalled = true;
      break;
    case StoreState::recovered:
      state.store_failing = state.store_stalled = false;
      break;
  }
  const bool now = state.store_failing || state.store_stalled;
  if (before == now) return;
  set_technical(engine::Technical::record_failing, now);
  system_event("system.record_failing", [&](JsonWriter& out) {
    out.key("present").boolean(now).key("text").string(cut(change.why));
  });
}

void Core::Parts::on_sounder(const SounderReport& report) {
  if (report.is_test) {
    system_event("system.selfcheck", [&](JsonWriter& out) {
      out.key("part").string("sounder").key("when").string(cut(report.when));
      out.key("outcome").string(report.passed ? "passed" : "failed");
      out.key("text").string(cut(report.text));
    });
  } else if (report.failing || state.sounder_failing) {  // that nothing has changed is no event
    system_event("system.process", [&](JsonWriter& out) {
      out.key("process").string("sounder");
      out.key("what").string(report.failing ? "failing" : "steady");
      out.key("text").string(cut(report.text));
    });
  }
  set_technical(engine::Technical::sounder_failing, report.failing);
}

void Core::Parts::on_shutdown(const Shutdown& shutdown) {
  tell_due(true);
  system_event("system.shutdown",
               [&](JsonWriter& out) { out.key("text").string(cut(shutdown.why)); });
}

}  // namespace lamplight::core
