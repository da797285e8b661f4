#include "tests/sim/house.h"

#include <algorithm>

#include "rules/model/assert.h"

namespace lamplight::world {

House::House(const Script& script, Ledger& ledger, const engine::Program& program, Plant plant)
    : script_(script),
      ledger_(ledger),
      program_(program),
      plant_(plant),
      world_(script.seed),
      store_(world_),
      care_(world_, ledger),
      bedside_(world_, script.seed) {
  care_.on_publish = [this](Lane lane, uint64_t seq, const std::string& payload) {
    judge_publish(lane, seq, payload);
  };
  care_.planted_drop = plant == Plant::drop;
  care_.planted_window = plant == Plant::window;
  bedside_.planted_zero = plant == Plant::zero;
  store_.planted_early = plant == Plant::early_durable;
}

void House::live() {
  const MonoTime start = world_.now();
  begin();
  for (const Mishap& mishap : script_.mishaps) schedule(mishap);
  patient_acts();
  people_act();
  judge_every_second();
  const MonoTime end = start + script_.stormy + script_.calm;
  world_.at(start + script_.stormy, [this] { calm_down(); });
  while (world_.now() < end && !ledger_.violation) {
    const bool goes_on = world_.run_until(std::min(end, world_.now() + seconds(1)));
    ledger_.check(Invariant::i11, goes_on, "time does not go on: the core turns in circles");
  }
  if (!ledger_.violation) judge_arrivals();
  if (!ledger_.violation) judge_life();
  if (ledger_.violation) {
    ledger_.violation->step = world_.steps();
    ledger_.violation->at_ms = (world_.now() - start).ms();
  }
}

MonoTime House::mono() {
  // Boot time, strictly rising.
  last_mono_ = std::max(MonoTime{world_.now().ns - boot_base_}, last_mono_ + nanoseconds(1));
  return last_mono_;
}

WallTime House::wall() const { return {world_.now().ns + wall_offset_, clock_}; }

engine::ProfileSet House::profiles_by(const WallTime& wall, bool night) const {
  if (plant_ == Plant::wall_decides) night = wall.unix_ns / seconds(3600).ns % 2 == 0;
  return night ? 1 : 0;
}

core::WallChange House::wall_change() const {
  return {wall(), profiles_by(wall(), night_), synchronised_};
}

core::Setup House::setup() const {
  core::Setup s;
  s.home = "h-sim";
  s.boot = "boot-" + std::to_string(boot_);
  s.version = "0";
  s.devices = {{1, "ox1", Role::oximeter, "rad8"},
               {2, "vent1", Role::ventilator, "lvp1"},
               {3, "pump1", Role::pump, "lfp1"}};
  s.has_broker = true;
  return s;
}

void House::begin() {
  naive_.start(world_.now().ns);
  restart_core();
}

// A process of lamplightd begins: store, ring, then the first live input, then its children.
void House::restart_core() {
  began_ = world_.now();
  Life life;
  life.setup = setup();
  life.opened = store_.open(life.setup.boot, [this](const store::Answer& a) { answer(a); });
  life.how = pending_poison_ ? core::Restore::fresh : core::Restore::resume;
  core_ = std::make_unique<core::Core>(life.setup, program_);
  core_->restore(life.opened, life.how, ring_complete_);
  const bool poisoned = pending_poison_;
  pending_poison_ = false;
  const MonoTime from = core_->replay_from();
  core::Effects effects;
  for (const Record& record : ring_) {
    if (record.now <= from) continue;
    std::vector<Sample> samples;
    auto read = core::decode_input(record.bytes, samples);
    LL_ASSERT(read.has_value());
    core_->replay(record.now, *read, effects);
    life.replayed.push_back(record);
  }
  life.restored = core_->digest();
  life.has_wall_jump = wall_offset_ != kWallOffset;
  life_ = std::move(life);
  if (poisoned) ring_.clear();
  ring_complete_ = true;
  for (const auto& job : effects.jobs) store_.take(job);
  effects.clear();
  const MonoTime now = mono();
  const core::Input boot = core_->boot_input(now, wall_change());
  last_mono_ = now - nanoseconds(1);
  input(boot);
  care_.process_begins([this](const std::string& json) { from_uplink(json); });
  bedside_.drivers_begin([this](const core::Input& in) { from_driver(in); });
}

// Drivers of this boot stamp with its boot time.
void House::from_driver(const core::Input& in) {
  const auto* given = std::get_if<core::SamplesIn>(&in);
  if (given == nullptr) return input(in);
  std::vector<Sample> samples(given->samples.begin(), given->samples.end());
  for (Sample& s : samples) s.measured_at.ns -= boot_base_;
  input(core::SamplesIn{given->device, samples});
}

// Journals, then steps. Inputs that a step itself brings about come after it.
void House::input(const core::Input& in) {
  if (!core_) return;
  if (asleep_) {
    while_asleep_.push_back(in);
    asleep_samples_.emplace_back();
    if (const auto* samples = std::get_if<core::SamplesIn>(&in)) {
      asleep_samples_.back().assign(samples->samples.begin(), samples->samples.end());
    }
    return;
  }
  const bool is_remote_act = std::holds_alternative<core::RemoteCommand>(in);
  if (is_remote_act) return judge_act(in, std::nullopt);
  step(in);
  settle();
}

// What a step brings about comes after it.
void House::settle() {
  std::vector<std::function<void()>> later;
  later.swap(later_);
  for (auto& what : later) what();
  arm();
}

void House::step(const core::Input& in) {
  LL_ASSERT(!stepping_);
  stepping_ = true;
  Record record{mono(), {}, world_.now(), night_};
  core::encode_input(in, record.bytes);
  ring_.push_back(record);
  if (plant_ != Plant::lost_input || !world_.dice.one_in(200)) life_->inputs.push_back(record);
  note_input(record.now, in);
  core::Effects effects;
  core_->step(record.now, in, effects);
  carry_out(effects);
  stepping_ = false;
}

void House::carry_out(core::Effects& effects) {
  if (plant_ == Plant::sound_waits && stalled_since_ != kNever) {
    std::erase_if(effects.followers,
                  [](const core::Follow& f) { return f.kind == core::FollowKind::annunciate; });
  }
  judge_effects(effects);
  // The store and the uplink answer later, from the event heap, never inside a step.
  for (const auto& job : effects.jobs) store_.take(job);
  for (const auto& json : effects.uplink) care_.from_core(json);
  for (const auto& more : effects.journal) {
    later_.push_back([this, more] {
      if (core_) input(more);
    });
  }
}

void House::answer(const store::Answer& a) {
  if (!core_) return;
  if (asleep_) {
    world_.after(milliseconds(100), [this, a, core = core_.get()] {
      if (core_.get() == core) answer(a);
    });
    return;
  }
  core::Effects effects;
  core_->on_store(mono(), a, effects);
  carry_out(effects);
  settle();
}

void House::from_uplink(const std::string& json) {
  if (!core_) return;
  if (asleep_) {
    world_.after(milliseconds(100), [this, json, core = core_.get()] {
      if (core_.get() == core) from_uplink(json);
    });
    return;
  }
  core::Effects effects;
  core_->on_uplink(mono(), json, effects);
  carry_out(effects);
  settle();
}

// A tick at the core's next deadline.
void House::arm() {
  if (!core_) return;
  const MonoTime due = core_->next_deadline();
  if (due == kNever) return;
  const uint64_t number = ++armed_;
  MonoTime at{due.ns + boot_base_};
  if (plant_ == Plant::late_ticks) at = at + seconds(3);
  world_.at(at, [this, number] {
    if (number != armed_ || !core_ || asleep_) return;
    input(core::Tick{});
  });
}

// kill -9: the ring and what was committed survive. Power: only what was synced.
void House::die(bool power) {
  if (!core_) return;
  judge_life();
  const uint64_t digest = core_->digest();
  core_.reset();
  ++armed_;
  asleep_ = false;
  while_asleep_.clear();
  asleep_samples_.clear();
  later_.clear();
  care_.process_dies();
  bedside_.drivers_die();
  store_.die(power);
  closed_since_death_.clear();
  if (plant_ == Plant::torn_ring && !ring_.empty()) ring_.pop_back();
  Duration down = milliseconds(world_.dice.between(100, 1500));
  if (power) {
    ring_.clear();
    down = seconds(world_.dice.between(5, 40));
  }
  world_.after(down, [this, power, digest] {
    if (core_) return;
    if (power) {
      ++boot_;
      boot_base_ = world_.now().ns - seconds(15).ns;
      last_mono_ = MonoTime{};
      // What was quiet may have lost up to a snapshot's age of its time, and is bounded anew.
      for (auto& [occurrence, since] : paused_since_) since = world_.now().ns;
      if (pressed_since_ > 0) pressed_since_ = world_.now().ns;
    }
    const bool poisoned = pending_poison_;
    if (power || poisoned) {
      // What was running is not known to the judge either: only what lasts beyond all delays.
      exact_from_ = world_.now().ns + seconds(70).ns;
      naive_.start(world_.now().ns);
    }
    restart_core();
    judge_after_death(power, poisoned, digest);
  });
}

}  // namespace lamplight::world
