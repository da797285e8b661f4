// What inputs decide besides the engine: seq counters, the wall label, links, the facts that events
// are made of. It is written with the engine's snapshot into one blob, so that snapshot + ring give
// the same events under the same seqs. Nothing that only publishing needs is here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/bedside_act.h"
#include "gateway/core/label.h"
#include "rules/model/result.h"
#include "rules/model/sample.h"
#include "rules/model/time.h"

namespace lamplight::core {

inline constexpr size_t kFactsMax = 16;    // identity entries of one device
inline constexpr size_t kNotesMax = 64;    // a ventilator tells 29 settings and each alarm
inline constexpr size_t kCarersMax = 256;  // names at the bedside that get a number of their own

// A note of an instant, and how often it came again since it was told.
struct Happening {
  std::string name;
  std::string text;  // the newest
  MonoTime told;
  uint64_t more = 0;
};

struct DeviceState {
  std::string id;  // a number is a place in the configuration, which may be edited
  bool link_known = false;
  bool link_up = false;
  std::string link_why;
  MonoTime link_since;
  std::string last_error;
  bool refused = false;
  std::vector<std::pair<std::string, std::string>> identity;
  std::vector<std::pair<std::string, std::string>> notes;  // present ones, with their text
  std::vector<Happening> happenings;                       // of the last 10 s
  uint64_t frames_good = 0;
  uint64_t frames_bad = 0;
  uint64_t bytes_skipped = 0;
  uint64_t samples = 0;
  std::vector<SignalId> seen;  // signals it has sent since its driver started, rising
  bool has_number = false;
  uint32_t next_number = 0;        // expected sample number
  MonoTime known_until;            // measured, the last one that came; or what was told lost
  MonoTime lost_noticed = kNever;  // a loss not yet told; it lies between these two:
  MonoTime lost_from;
  MonoTime lost_until;
  uint64_t lost_total = 0;
  bool flooding = false;
  bool failing = false;
};

// When the annunciate effect of an occurrence left the core.
struct Signalled {
  uint64_t occurrence = 0;
  MonoTime at;
};

// An act that lasts: who keeps something quiet, or has left an alarm to its `lost` one. Screens at
// home show it until it is over, so that nothing is quiet without a name.
struct StandingAct {
  ActKind kind = ActKind::acknowledge;
  uint64_t occurrence = 0;  // none of press
  std::string what;         // the button; stood down: the alarm's id
  std::string by;           // as published
  MonoTime at;              // the engine's time, which goes on over a reboot
  std::string reason;       // of stand down, as published
  std::string left_to;      // of stand down: the `lost` alarm that goes on
};

struct State {
  std::string boot;              // whose monotonic clock the instants below are
  MonoTime now;                  // of the last step
  int64_t engine_offset_ns = 0;  // engine time = boot's monotonic clock + this
  MonoTime since;                // this process began to watch
  uint64_t next_alarm = 1;
  uint64_t next_system = 1;
  uint64_t next_tag = 1;
  WallBase wall;
  uint32_t profiles = 0;
  bool store_failing = false;
  bool store_stalled = false;
  bool uplink_up = false;
  bool uplink_lost_told = false;
  bool uplink_alarm = false;
  bool uplink_failing = false;
  bool clock_unset = false;      // told by the uplink: certificates cannot be judged
  bool sounder_failing = false;  // as the watch found last, in this life or one before
  bool over_quota = false;       // as the store found last
  std::string disk_low;          // as the store found last, in words; empty: there is room
  MonoTime uplink_since;         // up, or down
  MonoTime uplink_lost_since;    // the end of the last connection that held
  bool end_restarted = false;    // one-shot technical alarms: withdrawn in the next step
  bool end_damaged = false;
  std::vector<std::string> carers;  // never leaves the home; published as caregiver-<index + 1>
  std::vector<Signalled> signalled;
  std::vector<StandingAct> acts;
  std::vector<DeviceState> devices;  // by device number - 1
};

void encode_state(const State& state, std::vector<std::byte>& out);
[[nodiscard]] Result<State> decode_state(std::span<const std::byte> bytes);

// The snapshot blob: u8 format · state · engine bytes.
struct Snapshot {
  State state;
  std::vector<std::byte> engine;
};
void encode_snapshot(const State& state, std::span<const std::byte> engine,
                     std::vector<std::byte>& out);
[[nodiscard]] Result<Snapshot> decode_snapshot(std::span<const std::byte> bytes);

}  // namespace lamplight::core
