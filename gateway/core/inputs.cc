// Inputs from devices, processes and clocks.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/catalogue.h"
#include "rules/model/text.h"

namespace lamplight::core {
namespace {

constexpr Duration kTellLossesEvery = seconds(10);
constexpr int64_t kStepNs = 500'000'000;  // smaller corrections are slewing, not an event
constexpr size_t kTextMax = 200;

std::string cut(const std::string& text) { return std::string(cut_text(text, kTextMax)); }

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
          [&](const Acknowledge& a) { on_acknowledge(a); },
          [&](const RemoteCommand& c) { on_command(c); }, [&](const LinkChange& l) { on_link(l); },
          [&](const WallChange& w) { on_wall(w); },
          [&](const TechnicalChange& t) { on_technical(t); },
          [&](const StoreChange& s) { on_store_change(s); },
          [&](const GapFound& g) { gap(g.gap, g.row_written); }, [](const Tick&) {},
          [&](const Shutdown& s) { on_shutdown(s); }},
      input);
  tell_losses(false);
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

// A hole in the driver's numbers is a counted loss, told in one gap record per device and 10 s.
void Core::Parts::count_numbers(DeviceState& device, std::span<const Sample> samples) {
  for (const Sample& sample : samples) {
    const uint32_t hole = sample.number - device.next_number;
    // More than half the range "ahead" is a driver that began anew.
    if (device.has_number && hole > 0 && hole < UINT32_MAX / 2) {
      if (device.lost == 0) device.lost_since = state.now;
      device.lost += hole;
      device.lost_total += hole;
    }
    device.has_number = true;
    device.next_number = sample.number + 1;
  }
}

void Core::Parts::tell_losses(bool all) {
  for (DeviceState& device : state.devices) {
    if (device.lost == 0 || (!all && state.now - device.lost_since < kTellLossesEvery)) continue;
    gap({Lane::vitals, {}, {}, device.lost_since, state.now, "overflow"}, false);
    device.lost = 0;
  }
}

void Core::Parts::device_event(std::string_view event, size_t index,
                               const Recorder::Fields& fields) {
  system_event(event, [&](JsonWriter& out) {
    out.key("device").string(setup.devices[index].id);
    fields(out);
  });
  outbox.device_changed(index);
}

void Core::Parts::on_device_link(const DeviceFact& fact, size_t index) {
  DeviceState& device = state.devices[index];
  const bool up = fact.kind == FactKind::link_up;
  if (device.link_known && device.link_up == up) return;
  device.link_known = true;
  device.link_up = up;
  device.link_since = state.now;
  device.link_why = cut(fact.text);
  if (!up) device.last_error = cut(fact.text);
  if (up && std::exchange(device.refused, false)) {
    set_technical(engine::Technical::wrong_device, false, fact.device);
  }
  device_event("device.link", index, [&](JsonWriter& out) {
    out.key("link").string(up ? "up" : "down");
    if (!fact.text.empty()) out.key("text").string(cut(fact.text));
  });
}

void Core::Parts::on_fact(const DeviceFact& fact) {
  if (find_device(fact.device) == nullptr) return;
  const size_t index = fact.device - 1u;
  DeviceState& device = state.devices[index];
  const auto words = [&](JsonWriter& out) {
    if (!fact.name.empty()) out.key("name").string(cut(fact.name));
    if (!fact.text.empty()) out.key("text").string(cut(fact.text));
  };
  switch (fact.kind) {
    case FactKind::link_up:
    case FactKind::link_down:
      on_device_link(fact, index);
      return;
    case FactKind::identity: {
      const auto at = std::find_if(device.identity.begin(), device.identity.end(),
                                   [&](const auto& entry) { return entry.first == fact.name; });
      if (at != device.identity.end()) {
        if (at->second == cut(fact.text)) return;
        at->second = cut(fact.text);
      } else if (device.identity.size() < kFactsMax) {
        device.identity.emplace_back(cut(fact.name), cut(fact.text));
      }
      device_event("device.identity", index, words);
      return;
    }
    case FactKind::note: {
      const auto at = std::find(device.notes.begin(), device.notes.end(), fact.name);
      if ((at != device.notes.end()) == fact.present) return;
      if (!fact.present) {
        device.notes.erase(at);
      } else if (device.notes.size() < kFactsMax) {
        device.notes.push_back(cut(fact.name));
      }
      device_event("device.note", index, [&](JsonWriter& out) {
        words(out);
        out.key("present").boolean(fact.present);
      });
      return;
    }
    case FactKind::restarted:
      device_event("device.restarted", index, words);
      return;
    case FactKind::gap:
      return;  // the numbers of the samples say the same, and are counted
    case FactKind::refused:
      device.last_error = cut(fact.text);
      if (std::exchange(device.refused, true)) return;
      set_technical(engine::Technical::wrong_device, true, fact.device);
      device_event("device.refused", index, words);
      return;
    case FactKind::counters:
      device.frames_good = fact.frames_good;
      device.frames_bad = fact.frames_bad;
      device.bytes_skipped = fact.bytes_skipped;
      return;
  }
}

// Every signal that the device has sent is Missing{link_lost} from now on: for the engine, and in
// the record.
void Core::Parts::lose_device(size_t index) {
  DeviceState& device = state.devices[index];
  device.has_number = false;  // the next driver counts from 0
  std::vector<Sample> missing;
  for (const SignalId id : device.seen) {
    missing.push_back({.measured_at = state.now,
                       .value = 0,
                       .signal = id,
                       .quality = Quality::missing,
                       .reason = Reason::link_lost,
                       .number = 0});
  }
  device.seen.clear();
  for (const Sample& sample : missing) {
    feed_engine(sample);
    newest[index].insert_or_assign(sample.signal, sample);
  }
  batcher.add(state.now, setup.devices[index].number, missing, state.wall, closed);
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
      on_devices([&](size_t i) { state.devices[i].has_number = false; });
      return;
    case ChildState::died:
      event("died");
      if (uplink) {
        if (!replaying) outbox.uplink_gone();
        note_uplink(false, child.why);
      }
      on_devices([&](size_t i) {
        state.devices[i].last_error = cut(child.why);
        lose_device(i);
      });
      return;
    case ChildState::failing:
      event("failing");
      technical(Technical::driver_failing, Technical::uplink_failing, true);
      on_devices([&](size_t i) { state.devices[i].failing = true; });
      state.uplink_failing = state.uplink_failing || uplink;
      return;
    case ChildState::steady:
      event("steady");
      technical(Technical::driver_failing, Technical::uplink_failing, false);
      on_devices([&](size_t i) { state.devices[i].failing = false; });
      if (uplink) state.uplink_failing = false;
      return;
    case ChildState::flooding:
      event("flooding");
      on_devices([&](size_t i) {
        state.devices[i].flooding = true;
        set_technical(Technical::driver_flooding, true, setup.devices[i].number);
      });
      return;
    case ChildState::flood_over:
      event("flood_over");
      on_devices([&](size_t i) {
        state.devices[i].flooding = false;
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
  const bool was_up = std::exchange(state.uplink_up, up);
  if (up) {
    batcher.soon();
    if (!std::exchange(state.uplink_lost_told, false)) return;
    system_event("system.uplink_restored", [&](JsonWriter& out) {
      out.key("down_ms").integer((state.now - state.uplink_down_since).ms());
    });
    return;
  }
  if (was_up) state.uplink_down_since = state.now;
  if (std::exchange(state.uplink_lost_told, true)) return;
  system_event("system.uplink_lost", [&](JsonWriter& out) { out.key("text").string(cut(why)); });
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
  const bool synchronised = change.wall.clock != ClockState::unsynchronised;
  state.profiles = synchronised ? change.profiles : 0;
  turn.profiles = state.profiles;
  set_technical(engine::Technical::time_not_set, !program.profiles.empty() && !synchronised);
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
  set_technical(change.kind, change.on, info.per_device ? change.device : DeviceNumber{0});
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

void Core::Parts::on_shutdown(const Shutdown& shutdown) {
  tell_losses(true);
  system_event("system.shutdown",
               [&](JsonWriter& out) { out.key("text").string(cut(shutdown.why)); });
}

}  // namespace lamplight::core
