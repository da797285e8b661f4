// One simulated home: the real core with a ring, living and dying; the store, the broker and the
// devices around it; the judges who look at everything that goes in and comes out.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/core/core.h"
#include "rules/engine/program.h"
#include "tests/sim/bedside.h"
#include "tests/sim/care_side.h"
#include "tests/sim/fake_store.h"
#include "tests/sim/ledger.h"
#include "tests/sim/naive.h"
#include "tests/sim/script.h"

namespace lamplight::world {

// Bugs that a judge must see; compiled into the test alone.
enum class Plant : uint8_t {
  none,
  early_durable,  // I1: durable is told before the commit
  late_ticks,     // I2: deadlines are served three seconds late
  zero,           // I3: a missing value goes out as a number
  wrong_ack,      // I4: an act reaches another occurrence
  drop,           // I6: a message is acknowledged and never delivered
  wall_decides,   // I7: the profile is chosen by a wall clock that jumps
  window,         // I8: the window to the broker is not kept
  lost_input,     // I9: one input is missing in the journal
  torn_ring,      // I10: the last record of the ring is lost
  sound_waits,    // I11: sound waits for the disk
  long_window,    // I12: a press lasts longer than the judge's rules say
};

class House {
 public:
  House(const Script& script, Ledger& ledger, const engine::Program& program, Plant plant);
  // The storm, the calm, and the last judgement. Stops early at a violation.
  void live();

  uint64_t steps() const { return world_.steps(); }

 private:
  struct Record {
    MonoTime now;
    std::vector<std::byte> bytes;
    MonoTime at;         // the world's time
    bool night = false;  // which profile was asked for
  };
  struct Life {  // what is needed to live it again
    core::Setup setup;
    store::Opened opened;
    core::Restore how = core::Restore::resume;
    std::vector<Record> replayed;
    std::vector<Record> inputs;
    uint64_t restored = 0;           // digest after the replay
    std::vector<std::string> story;  // its alarm events, as told()
    bool has_wall_jump = false;
  };

  // -- living (house.cc) --------------------------------------------------------------------
  void begin();
  void restart_core();
  void die(bool power);
  void poison();
  void input(const core::Input& input);
  void from_driver(const core::Input& input);
  void step(const core::Input& input);
  void settle();
  void carry_out(core::Effects& effects);
  void answer(const store::Answer& answer);
  void from_uplink(const std::string& json);
  void arm();
  MonoTime mono();
  core::Setup setup() const;
  WallTime wall() const;
  engine::ProfileSet profiles_by(const WallTime& wall, bool night) const;
  core::WallChange wall_change() const;

  // -- what happens to it (weather.cc) ------------------------------------------------------
  void schedule(const Mishap& mishap);
  void begin_mishap(const Mishap& mishap);
  void end_mishap(const Mishap& mishap);
  void patient_acts();
  void people_act();
  core::BedsideAct bedside_act(uint64_t occurrence);
  core::BedsideAct window_act();
  void remote_acts(uint64_t occurrence);
  void calm_down();

  // -- judging (judges.cc) ------------------------------------------------------------------
  void note_input(MonoTime now, const core::Input& input);
  void judge_effects(const core::Effects& effects);
  void judge_event(const std::string& body);
  void judge_publish(Lane lane, uint64_t seq, const std::string& payload);
  void judge_every_second();
  void judge_quiet(const nlohmann::json& rows, int64_t t);
  void judge_act(const core::Input& act, std::optional<uint64_t> target);
  void judge_life();
  void judge_replay();
  void judge_wall();
  void judge_after_death(bool power, bool poisoned, uint64_t digest);
  void judge_arrivals();
  std::set<uint64_t> fold() const;
  std::set<uint64_t> open_now() const;
  bool is_exact(int64_t t) const { return t >= exact_from_; }
  std::string when(int64_t t) const;

  Script script_;
  Ledger& ledger_;
  const engine::Program& program_;
  Plant plant_;
  World world_;
  FakeStore store_;
  CareSide care_;
  Bedside bedside_;
  Naive naive_;

  std::unique_ptr<core::Core> core_;
  std::vector<Record> ring_;
  bool ring_complete_ = true;
  bool pending_poison_ = false;
  int boot_ = 1;
  int64_t boot_base_ = 0;  // world time at which boot time was 0
  MonoTime last_mono_;
  static constexpr int64_t kWallOffset = 1'772'000'000'000'000'000;  // wall = world + offset
  int64_t wall_offset_ = kWallOffset;
  ClockState clock_ = ClockState::synchronised;
  bool synchronised_ = true;  // the kernel's word; `stepped` is a label of either
  bool night_ = false;
  uint64_t armed_ = 0;
  bool asleep_ = false;
  std::vector<core::Input> while_asleep_;
  std::vector<std::vector<Sample>> asleep_samples_;
  std::optional<Life> life_;
  bool stepping_ = false;
  std::vector<std::function<void()>> later_;

  int64_t exact_from_ = 0;
  int64_t probe_off_since_ = -1;
  MonoTime stalled_since_ = kNever;
  MonoTime began_;  // the process of now
  uint64_t next_command_ = 1;
  std::string last_command_;
  std::set<uint64_t> closed_since_death_;
  // Quiet that people asked for and were given: since when, in the world's time.
  std::map<uint64_t, int64_t> paused_since_;
  int64_t pressed_since_ = INT64_MIN / 2;
};

// The body of an event of lane alarm, and what it says: instant, event, rule, occurrence.
std::optional<std::string> alarm_event(const core::Follow& follow);
std::string told(std::string_view body);

}  // namespace lamplight::world
