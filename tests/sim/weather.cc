// What happens to the house: the script's mishaps, the child's own night, what people do.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sim/house.h"

namespace lamplight::world {

void House::schedule(const Mishap& mishap) {
  world_.after(mishap.at, [this, mishap] {
    begin_mishap(mishap);
    world_.after(mishap.lasts, [this, mishap] { end_mishap(mishap); });
  });
}

void House::begin_mishap(const Mishap& m) {
  const auto device = static_cast<size_t>(m.detail % kDevices);
  switch (m.fault) {
    case Fault::bytes_garbled:
      return bedside_.garble(device, true);
    case Fault::device_silent:
      return bedside_.silence(device, true);
    case Fault::driver_dead:
      return bedside_.driver(device, false);
    case Fault::driver_hung:
      return bedside_.hang(device, true);
    case Fault::broker_down:
      return care_.broker(false);
    case Fault::broker_slow:
      return care_.slow(true);
    case Fault::duplicates:
      return care_.duplicate(true);
    case Fault::puback_lost:
      return care_.lose_pubacks(true);
    case Fault::stored_odd:
      return care_.odd_stored(true);
    case Fault::acts_odd:
      return remote_acts(static_cast<uint64_t>(m.detail % 40));
    case Fault::disk_stall:
      stalled_since_ = world_.now();
      return store_.stall(true);
    case Fault::disk_fails:
      return store_.fail(true);
    case Fault::process_death:
      return die(false);
    case Fault::box_death:
      return die(true);
    case Fault::poison:
      return poison();
    case Fault::wall_jump: {
      // Up to ten years either way; a second half of the time only the state changes.
      const int64_t by = (m.detail % 2 == 0 ? 1 : -1) * (m.detail % 315'000'000) * 1'000'000'000;
      wall_offset_ += by;
      // Corrected by its time server, or set by somebody's hand.
      clock_ = m.detail % 5 == 0 ? ClockState::unsynchronised : ClockState::stepped;
      synchronised_ = m.detail % 5 > 2;
      if (life_) life_->has_wall_jump = true;
      return input(wall_change());
    }
    case Fault::suspend:
      if (core_) asleep_ = true;
      return;
    case Fault::profile_switch: {
      night_ = !night_;
      return input(wall_change());
    }
    case Fault::flood:
      return bedside_.flood(device);
  }
}

void House::end_mishap(const Mishap& m) {
  const auto device = static_cast<size_t>(m.detail % kDevices);
  switch (m.fault) {
    case Fault::bytes_garbled:
      return bedside_.garble(device, false);
    case Fault::device_silent:
      return bedside_.silence(device, false);
    case Fault::driver_dead:
      return bedside_.driver(device, true);
    case Fault::driver_hung:
      return bedside_.hang(device, false);
    case Fault::broker_down:
      return care_.broker(true);
    case Fault::broker_slow:
      return care_.slow(false);
    case Fault::duplicates:
      return care_.duplicate(false);
    case Fault::puback_lost:
      return care_.lose_pubacks(false);
    case Fault::stored_odd:
      return care_.odd_stored(false);
    case Fault::disk_stall:
      stalled_since_ = kNever;
      return store_.stall(false);
    case Fault::disk_fails:
      return store_.fail(false);
    case Fault::wall_jump:
      clock_ = ClockState::synchronised;
      synchronised_ = true;
      return input(wall_change());
    case Fault::suspend: {
      if (!asleep_) return;
      asleep_ = false;
      if (stalled_since_ != kNever) stalled_since_ = world_.now();  // nobody could know before
      std::vector<core::Input> waiting;
      waiting.swap(while_asleep_);
      std::vector<std::vector<Sample>> samples;
      samples.swap(asleep_samples_);
      for (size_t i = 0; i < waiting.size(); ++i) {
        if (auto* in = std::get_if<core::SamplesIn>(&waiting[i])) in->samples = samples[i];
        input(waiting[i]);
      }
      return arm();
    }
    case Fault::acts_odd:
    case Fault::process_death:
    case Fault::box_death:
    case Fault::poison:
    case Fault::profile_switch:
    case Fault::flood:
      return;
  }
}

// An input that asserts: journaled, never finished; the first restart dies of it again, the second
// sets the ring aside.
void House::poison() {
  if (!core_ || asleep_) return;
  Record record{mono(), {}, world_.now(), night_};
  core::encode_input(core::Tick{}, record.bytes);
  ring_.push_back(record);
  pending_poison_ = true;
  die(false);
}

// The child's own night: desaturations, a racing heart, coughs, a blocked tube, the probe off.
void House::patient_acts() {
  world_.after(seconds(world_.dice.between(4, 30)), [this] {
    sim::Patient& child = bedside_.patient();
    static constexpr int32_t kSaturations[] = {970, 970, 850, 890, 760, 910};
    static constexpr int32_t kPulses[] = {1100, 1700, 900};
    switch (world_.dice.between(0, 6)) {
      case 0:
      case 1:
        child.set_spo2(kSaturations[world_.dice.between(0, 5)], {});
        break;
      case 2:
        child.set_pulse(kPulses[world_.dice.between(0, 2)], {});
        break;
      case 3:
        bedside_.set(1, "pip", world_.dice.one_in(2) ? 420 : 200);
        break;
      case 4:
        bedside_.condition(2, "patient_tube_blocked", world_.dice.one_in(2));
        break;
      default: {
        const bool off = world_.dice.one_in(2);
        bedside_.condition(0, "probe_off", off);
        probe_off_since_ = off ? world_.now().ns : -1;
        break;
      }
    }
    patient_acts();
  });
}

void House::people_act() {
  world_.after(seconds(world_.dice.between(5, 40)), [this] {
    const std::set<uint64_t> open = core_ && !asleep_ ? open_now() : std::set<uint64_t>{};
    if (core_ && !asleep_ && world_.dice.one_in(4)) {
      judge_act(window_act(), std::nullopt);
    } else if (!open.empty()) {
      auto chosen = open.begin();
      std::advance(chosen, world_.dice.between(0, static_cast<int64_t>(open.size()) - 1));
      const uint64_t occurrence = *chosen;
      if (world_.dice.one_in(2)) {
        uint64_t reaches = occurrence;
        if (plant_ == Plant::wrong_ack)
          reaches = *open.rbegin() == occurrence ? *open.begin() : *open.rbegin();
        judge_act(bedside_act(reaches), occurrence);
      } else {
        remote_acts(occurrence);
      }
    }
    people_act();
  });
}

// What somebody at the bedside does about an occurrence: mostly acknowledges it.
core::BedsideAct House::bedside_act(uint64_t occurrence) {
  static constexpr core::ActKind kKinds[] = {
      core::ActKind::acknowledge, core::ActKind::acknowledge, core::ActKind::pause,
      core::ActKind::resume,      core::ActKind::stand_down,
  };
  core::BedsideAct act{.client = 1, .occurrence = occurrence, .by = "Mum"};
  act.kind = kKinds[world_.dice.between(0, 4)];
  if (act.kind == core::ActKind::pause && world_.dice.one_in(2)) {
    act.length = seconds(world_.dice.between(1, 200));  // some are longer than is allowed
  }
  if (act.kind == core::ActKind::stand_down) act.reason = "Mum changes the sensor";
  return act;
}

// The button of the rules, pressed and let go; too soon, and by a wrong name, as people do.
core::BedsideAct House::window_act() {
  core::BedsideAct act{.client = 1, .by = "Mum"};
  act.kind = world_.dice.one_in(4) ? core::ActKind::release : core::ActKind::press;
  act.button = world_.dice.one_in(8) ? "car" : "care";
  return act;
}

// Two nurses at once, the same command twice, one too late, garbage, one that was retained.
void House::remote_acts(uint64_t occurrence) {
  const auto text = [&](const std::string& id, const std::string& more) {
    return R"({"v":1,"id":")" + id + R"(","type":"acknowledge","occurrence":)" +
           std::to_string(occurrence) + R"(,"store_id":"5f2c","actor":"n-204","role":"nurse")" +
           more + "}";
  };
  const std::string id = "c-" + std::to_string(next_command_++);
  care_.command(text(id, ""));
  switch (world_.dice.between(0, 5)) {
    case 0:
      care_.command(text(id, ""));
      break;
    case 1:
      care_.command(text(id + "b", ""));
      break;
    case 2:
      care_.command(text(id + "c", R"(,"expires_at":"1971-01-01T00:00:00Z")"));
      break;
    case 3:
      care_.command("{\"id\":\"x\",\"type\":\"ackn");
      break;
    case 4:
      care_.command(text(id + "d", ""), true);
      break;
    default:
      break;
  }
}

void House::calm_down() {
  for (const Mishap& m : script_.mishaps) {
    if (m.fault != Fault::wall_jump && m.fault != Fault::suspend) end_mishap(m);
  }
  if (asleep_) end_mishap({Fault::suspend, {}, {}, 0});
  care_.broker(true);
  world_.after(seconds(20), [this] { care_.ask_for_the_rest(); });
  world_.after(seconds(100), [this] { care_.ask_for_the_rest(); });
}

}  // namespace lamplight::world
