// Everything lamplightd decides, as one deterministic object: no I/O, clock, thread or socket, so
// that the same code runs in lamplightd and in the simulation. Core thread only.
//
//   start:  Core core(setup, program); core.restore(opened, how, ring_complete);
//           for each ring record with now > core.replay_from():  core.replay(now, input, effects);
//           input = core.boot_input(now, clock); journal it; core.step(now, input, effects);
//   live:   journal the input, then step(); on_store() and on_uplink() for what is not journaled;
//           at next_deadline() journal a Tick and step() it.
//
// `now` of journaled inputs is strictly rising; on_store and on_uplink may repeat the last one.
// What is in effects.journal after any call is to be journaled and stepped likewise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/effects.h"
#include "gateway/core/input.h"
#include "gateway/store/messages.h"
#include "rules/engine/program.h"
#include "rules/model/catalogue.h"
#include "rules/model/limits.h"
#include "rules/model/time.h"

namespace lamplight::core {

// So long waits what is to be said for the disk.
inline constexpr Duration kDurableBudget = milliseconds(limits::kDurableBudgetMs);

struct DeviceSetup {
  DeviceNumber number = 0;  // from 1, dense, in configuration order
  std::string id;
  Role role = Role::oximeter;
  std::string port;
};

struct Setup {
  std::string home;
  std::string boot;     // id of this boot of the box
  std::string version;  // of the software
  std::vector<DeviceSetup> devices;
  Duration vitals_every = seconds(1);
  bool has_broker =
      false;  // without one nothing is handed to the uplink, and uplink_lost is silent
};

enum class Restore : uint8_t {
  resume,  // newest snapshot, then the ring's inputs
  fresh,   // poison start: open alarms of the snapshot Unconfirmed, nothing is replayed
};

class Core {
 public:
  Core(Setup setup, engine::Program program);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Once, before anything else. `ring_complete`: the ring still holds every input after the
  // snapshot (or there was neither). A snapshot that is damaged, or of another version, falls
  // back to `fresh` by itself.
  void restore(const store::Opened& opened, Restore how, bool ring_complete);

  // Ring records of this boot later than this are to be replayed, in order; kNever: none.
  MonoTime replay_from() const;
  // As step(), but only store jobs for what the store does not have yet leave it. A provisional
  // Booted is replaced by this core's own word, which another life would not find again: the ring
  // that held one is not for the next replay.
  void replay(MonoTime now, const Input& input, Effects& effects);
  // The Booted that this core goes on from; kNever: it has none yet and decides nothing, and the
  // next input has to be one. A replay may pass a Booted over, like all that came before the state
  // which it begins with.
  MonoTime watching_since() const;
  // The first live input, to be journaled and stepped: how long nobody watched, and why.
  Input boot_input(MonoTime now, const WallChange& clock) const;

  void step(MonoTime now, const Input& input, Effects& effects);
  void on_store(MonoTime now, const store::Answer& answer, Effects& effects);
  // A `link`, `published` or `command` message of the uplink process, as text. Others are ignored
  // and counted; garbage is too.
  void on_uplink(MonoTime now, std::string_view json, Effects& effects);

  // Journal a Tick and step it at or after this instant; kNever: nothing is due.
  MonoTime next_deadline() const;

  // The store owes an answer for longer than the budget and record_failing has been asked for:
  // a known stall, for which the watchdog is fed.
  bool store_is_known_stalled() const;

  // Read-outs for core.sock, each one JSON object. `names`: {child} is the plan's name (screens at
  // home) instead of "the child".
  std::string status_json(MonoTime now) const;
  std::string alarms_json(MonoTime now, bool names) const;
  std::string vitals_json(MonoTime now) const;  // newest reading of every signal, with its age
  std::string devices_json(MonoTime now) const;
  std::string annunciate_json() const;  // what must sound now
  std::string last_will_json() const;   // payload of the last will; valid after restore()

  uint64_t digest() const;  // of everything that inputs decide; equal after equal inputs

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lamplight::core
