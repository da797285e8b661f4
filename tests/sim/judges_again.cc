// The judges who live a life again from its records: the same inputs give the same state (I9),
// other wall clocks give the same alarms (I7), and a crash loses nothing that it may not lose
// (I10).
#include <algorithm>

#include "tests/sim/house.h"

namespace lamplight::world {

void House::judge_life() {
  if (!core_ || !life_) return;
  if (life_->has_wall_jump) judge_wall();
  judge_replay();
}

// I9: the recorded inputs with their instants give the same digest.
void House::judge_replay() {
  core::Core again(life_->setup, program_);
  again.restore(life_->opened, life_->how, true);
  core::Effects effects;
  const auto run = [&](const Record& record, bool live) {
    std::vector<Sample> samples;
    const auto read = core::decode_input(record.bytes, samples);
    if (live) {
      again.step(record.now, *read, effects);
    } else {
      again.replay(record.now, *read, effects);
    }
    effects.clear();
  };
  for (const Record& record : life_->replayed) run(record, false);
  for (const Record& record : life_->inputs) run(record, true);
  ledger_.check(Invariant::i9, again.digest() == core_->digest(),
                "the recorded inputs give another state");
}

// I7: the same inputs with a wall clock that never jumps tell the same story. What comes of the
// wall clock as an explicit input (profiles, the length of a gap, the clock's state) stays.
void House::judge_wall() {
  core::Core again(life_->setup, program_);
  again.restore(life_->opened, life_->how, true);
  core::Effects effects;
  std::vector<std::string> story;
  for (const Record& record : life_->replayed) {
    std::vector<Sample> samples;
    again.replay(record.now, *core::decode_input(record.bytes, samples), effects);
    effects.clear();
  }
  for (const Record& record : life_->inputs) {
    std::vector<Sample> samples;
    core::Input input = *core::decode_input(record.bytes, samples);
    const auto steady = [&](WallTime& wall, engine::ProfileSet& profiles) {
      wall.unix_ns = record.at.ns + kWallOffset;
      profiles = profiles_by(wall, record.night);
    };
    if (auto* boot = std::get_if<core::Booted>(&input)) steady(boot->wall, boot->profiles);
    if (auto* change = std::get_if<core::WallChange>(&input)) {
      steady(change->wall, change->profiles);
    }
    again.step(record.now, input, effects);
    for (const core::Follow& f : effects.followers) {
      if (const auto body = alarm_event(f)) story.push_back(told(*body));
    }
    effects.clear();
  }
  const std::vector<std::string>& lived = life_->story;
  for (size_t i = 0; i < std::max(lived.size(), story.size()); ++i) {
    const std::string with = i < lived.size() ? lived[i] : "nothing";
    const std::string without = i < story.size() ? story[i] : "nothing";
    ledger_.check_lazy(Invariant::i7, with == without,
                       [&] { return "with the jumps: " + with + "; without them: " + without; });
  }
}

// I10: after a crash, snapshot and ring make the state that was; after the box, or a poison input,
// what was durably open is open.
void House::judge_after_death(bool power, bool poisoned, uint64_t digest) {
  if (!core_) return;
  if (!power && !poisoned) {
    ledger_.check(Invariant::i10, life_->restored == digest,
                  "snapshot and ring do not make the state that died" + when(world_.now().ns));
    return;
  }
  const std::set<uint64_t> open = open_now();
  for (const uint64_t occurrence : fold()) {
    // A technical alarm may end with the boot, and says so.
    const bool said = closed_since_death_.contains(occurrence);
    ledger_.check(Invariant::i10, open.contains(occurrence) || said,
                  "occurrence " + std::to_string(occurrence) + " was open and is gone after " +
                      (power ? "the box died" : "a poison input"));
  }
}

}  // namespace lamplight::world
