// What is known of each device besides its readings: its link, what it says of itself, what of its
// samples was lost.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/catalogue.h"

namespace lamplight::core {
namespace {

constexpr Duration kTellEvery = seconds(10);
constexpr char kOtherNotes[] = "others";
constexpr char kIdentityNote[] = "identity_";  // and what changed: "identity_serial"

}  // namespace

// A hole in the driver's numbers is a counted loss. It lies between the last sample before it and
// the first one behind it; several within 10 s are told as one.
void Core::Parts::count_numbers(DeviceState& device, std::span<const Sample> samples) {
  for (const Sample& sample : samples) {
    const uint32_t hole = sample.number - device.next_number;
    // More than half the range "ahead" is a driver that began anew.
    if (device.has_number && hole > 0 && hole < UINT32_MAX / 2) {
      note_loss(device);
      device.lost_total += hole;
    }
    device.has_number = true;
    device.next_number = sample.number + 1;
    device.known_until = std::min(sample.measured_at, state.now);
  }
}

void Core::Parts::note_loss(DeviceState& device) {
  if (device.lost_noticed == kNever) {
    device.lost_noticed = state.now;
    device.lost_from = device.known_until;
  }
  device.lost_until = state.now;
}

// What a flood dropped and no later sample shows: the driver was killed for it, or fell silent.
void Core::Parts::note_unseen_loss(size_t index, Duration silent_for) {
  DeviceState& device = state.devices[index];
  if (!device.flooding || !device.has_number) return;
  if (state.now - device.known_until < silent_for) return;
  note_loss(device);
  device.known_until = state.now;
}

// A number does not say of which signal it was: every lane that the device feeds has the gap.
void Core::Parts::tell_loss(DeviceState& device, bool same_boot) {
  if (device.lost_noticed == kNever) return;
  bool waves = false;
  bool vitals = device.seen.empty();
  for (const SignalId id : device.seen) {
    (signal_info(id).kind == SignalKind::waveform ? waves : vitals) = true;
  }
  for (const Lane lane : {Lane::vitals, Lane::wave}) {
    if (lane == Lane::wave ? !waves : !vitals) continue;
    store::RecordGap lost{lane, {}, {}, {}, {}, "overflow"};
    if (same_boot) lost.t0 = device.lost_from, lost.t1 = device.lost_until;
    gap(lost);
  }
  device.lost_noticed = kNever;
}

// What is gathered for 10 s and then told.
void Core::Parts::tell_due(bool all) {
  for (size_t i = 0; i < state.devices.size(); ++i) {
    DeviceState& device = state.devices[i];
    if (all || state.now - device.lost_noticed >= kTellEvery) tell_loss(device);
    for (Happening& h : device.happenings) {
      if (h.more == 0 || !(all || state.now - h.told >= kTellEvery)) continue;
      tell_happening(i, h.name, h.text, std::exchange(h.more, 0));
      h.told = state.now;
    }
    std::erase_if(device.happenings,
                  [&](const Happening& h) { return state.now - h.told >= kTellEvery; });
  }
}

MonoTime Core::Parts::told_due() const {
  MonoTime due = kNever;
  for (const DeviceState& device : state.devices) {
    if (device.lost_noticed != kNever) due = std::min(due, device.lost_noticed + kTellEvery);
    for (const Happening& h : device.happenings) {
      if (h.more > 0) due = std::min(due, h.told + kTellEvery);
    }
  }
  return due;
}

void Core::Parts::tell_happening(size_t index, const std::string& name, const std::string& text,
                                 uint64_t count) {
  device_event("device.note", index, [&](JsonWriter& out) {
    out.key("name").string(name);
    if (!text.empty()) out.key("text").string(text);
    out.key("count").integer(static_cast<int64_t>(count));
  });
}

void Core::Parts::on_happening(const DeviceFact& fact, size_t index) {
  std::string name = cut(fact.name);
  if (is_first(index, name, fact.text)) tell_happening(index, name, cut(fact.text), 1);
}

bool Core::Parts::is_first(size_t index, std::string& name, const std::string& text) {
  auto& known = state.devices[index].happenings;
  const auto named = [&] {
    return std::find_if(known.begin(), known.end(),
                        [&](const Happening& h) { return h.name == name; });
  };
  auto at = named();
  if (at == known.end() && known.size() >= kFactsMax - 1) {
    name = kOtherNotes;
    at = named();
  }
  if (at == known.end()) {
    known.push_back({name, {}, state.now, 0});
    return true;
  }
  at->text = cut(text);
  ++at->more;
  return false;
}

// A change is told at once; of a device that changes without end, a number in 10 s.
void Core::Parts::on_identity(const DeviceFact& fact, size_t index) {
  DeviceState& device = state.devices[index];
  const std::string name = cut(fact.name);
  const std::string text = cut(fact.text);
  const auto at = std::find_if(device.identity.begin(), device.identity.end(),
                               [&](const auto& entry) { return entry.first == name; });
  if (at != device.identity.end()) {
    if (std::exchange(at->second, text) == text) return;
  } else if (device.identity.size() < kFactsMax) {
    device.identity.emplace_back(name, text);
  }
  std::string note = kIdentityNote + name;
  if (!is_first(index, note, text)) return;
  if (note == kOtherNotes) return tell_happening(index, note, text, 1);
  device_event("device.identity", index,
               [&](JsonWriter& out) { out.key("name").string(name).key("text").string(text); });
}

// A note that lasts: told when it begins, when it says something else, and when it ends. Of one
// that changes without end, a number in 10 s; of one too many only that it came, for its end is not
// kept.
void Core::Parts::on_note(const DeviceFact& fact, size_t index) {
  if (fact.happened) return on_happening(fact, index);
  DeviceState& device = state.devices[index];
  const std::string name = cut(fact.name);
  const std::string text = cut(fact.text);
  const auto at =
      std::ranges::find(device.notes, name, &std::pair<std::string, std::string>::first);
  const bool is_known = at != device.notes.end();
  if (is_known && fact.present) {
    if (std::exchange(at->second, text) == text) return;
    std::string note = name;
    if (!is_first(index, note, text)) return;
    if (note == kOtherNotes) return tell_happening(index, note, text, 1);
  } else if (is_known) {
    device.notes.erase(at);
  } else if (!fact.present) {
    return;
  } else if (device.notes.size() == kNotesMax) {
    return on_happening(fact, index);
  } else {
    device.notes.emplace_back(name, text);
  }
  tell_note(index, name, text, fact.present);
}

void Core::Parts::tell_note(size_t index, const std::string& name, const std::string& text,
                            bool present) {
  device_event("device.note", index, [&](JsonWriter& out) {
    out.key("name").string(name);
    if (!text.empty()) out.key("text").string(cut(text));
    out.key("present").boolean(present);
  });
}

// In the order of this configuration; of one that is new, nothing is known.
std::vector<DeviceState> Core::Parts::known_devices(std::vector<DeviceState> before) const {
  std::vector<DeviceState> devices(setup.devices.size());
  for (size_t i = 0; i < devices.size(); ++i) {
    const std::string& id = setup.devices[i].id;
    const auto at = std::ranges::find(before, id, &DeviceState::id);
    if (at != before.end()) devices[i] = std::move(*at);
    devices[i].id = id;
  }
  return devices;
}

// After a restart: what waited is told, and children that died with us leave nothing behind.
void Core::Parts::restart_devices(bool same_boot) {
  if (!same_boot) {
    for (DeviceState& device : state.devices) tell_loss(device, false);
  }
  tell_due(true);
  for (DeviceState& device : state.devices) {
    // Its driver begins anew: nobody knows of the link until it speaks, and it refuses the same
    // device again before the alarm is cleared.
    device.has_number = device.failing = device.flooding = device.refused = false;
    device.link_known = device.link_up = false;
    device.link_why.clear();
    device.link_since = state.now;
    // Within a boot the engine still holds what they sent: a driver that dies before it has sent
    // anything takes that with it.
    if (!same_boot) {
      device.seen.clear();
      device.happenings.clear();
    }
  }
}

// A new driver knows nothing of what its predecessor said, so it cannot withdraw it.
void Core::Parts::begin_device(size_t index) {
  DeviceState& device = state.devices[index];
  device.has_number = false;
  for (const auto& [name, text] : std::exchange(device.notes, {})) {
    tell_note(index, name, "its driver began anew", false);
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
  // Before the link's own news: a link that was up when we died is none when it is up again.
  if (up && std::exchange(device.refused, false)) {
    set_technical(engine::Technical::wrong_device, false, fact.device);
  }
  if (device.link_known && device.link_up == up) return;
  device.link_known = true;
  device.link_up = up;
  device.link_since = state.now;
  device.link_why = cut(fact.text);
  if (!up) device.last_error = cut(fact.text);
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
    case FactKind::identity:
      on_identity(fact, index);
      return;
    case FactKind::note:
      on_note(fact, index);
      return;
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

// The driver is dead: nobody hears the device, whatever was said of its link. Every signal that it
// has sent is Missing{link_lost} from now on: for the engine, and in the record.
void Core::Parts::lose_device(size_t index, const std::string& why) {
  DeviceState& device = state.devices[index];
  note_unseen_loss(index, Duration{});
  tell_loss(device);
  device.has_number = false;  // the next driver counts from 0
  device.last_error = cut(why);
  if (device.link_up) {
    DeviceFact down;
    down.kind = FactKind::link_down;
    down.text = why;
    on_device_link(down, index);
  }
  outbox.device_changed(index);
  const std::vector<SignalId> seen = std::exchange(device.seen, {});
  std::vector<Sample> missing;
  for (const SignalId id : seen) {
    missing.push_back({.measured_at = state.now,
                       .value = 0,
                       .signal = id,
                       .quality = Quality::missing,
                       .reason = Reason::link_lost,
                       .number = 0});
    feed_engine(missing.back());
    newest[index].insert_or_assign(id, missing.back());
  }
  batcher.add(state.now, setup.devices[index].number, missing, state.wall, closed);
}

void Core::Parts::set_fact(size_t index, bool DeviceState::* fact, bool value) {
  state.devices[index].*fact = value;
  outbox.device_changed(index);
}

}  // namespace lamplight::core
