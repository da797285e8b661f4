// What enters the core and is journaled in the input ring BEFORE it is used, so that the same
// inputs with the same instants give the same events under the same seqs after a crash.
// encode_input/decode_input are the ring's record body: little-endian, versioned, bounded; a body
// from a torn or foreign ring is refused, never trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "gateway/core/bedside_act.h"
#include "gateway/store/messages.h"
#include "rules/engine/program.h"
#include "rules/engine/technical.h"
#include "rules/model/result.h"
#include "rules/model/sample.h"
#include "rules/model/time.h"

namespace lamplight::core {

// How this process came to run. Made by Core::boot_input(), the first live input.
enum class BootKind : uint8_t {
  first,        // no history at all
  clean,        // the process before said goodbye
  crash,        // it died; same boot of the box
  reboot,       // the box went down
  poison,       // state was not trusted or not readable: fresh engine, open alarms unconfirmed
  provisional,  // before the record opened: nothing was known, as if it were the first
};
struct Booted {
  std::string boot;       // id of this boot of the box
  std::string last_boot;  // of the newest row; empty: none
  BootKind kind = BootKind::first;
  WallTime wall;
  engine::ProfileSet profiles = 0;  // active now, by local civil time; ignored if unsynchronised
  std::optional<Duration> gap;      // nobody watched for so long; none: unknown
  uint64_t next_alarm = 1;          // lanes alarm and system go on at least here
  uint64_t next_system = 1;
  uint64_t first_occurrence = 1;       // numbers below it may have been given
  std::vector<std::string> problems;   // of the store, for record_damaged
  std::vector<store::RecordGap> gaps;  // found while opening; their rows are written
  std::vector<store::RecordGap> made;  // seqs that may have been used and are passed over
  bool synchronised = wall.clock == ClockState::synchronised;  // as WallChange
};

// Samples of one device in the order they came, at most kInputSamplesMax: the caller splits longer
// datagrams. The span is borrowed for the call.
inline constexpr size_t kInputSamplesMax = 1024;
struct SamplesIn {
  DeviceNumber device = 0;
  std::span<const Sample> samples;
};

enum class FactKind : uint8_t {
  link_up,
  link_down,
  identity,
  note,
  restarted,
  gap,
  refused,
  counters
};
struct DeviceFact {
  DeviceNumber device = 0;
  FactKind kind = FactKind::link_up;
  std::string name;  // identity: "serial"; note: "switched_off"; refused: "serial"
  std::string text;
  bool present = true;  // note that lasts
  uint64_t first = 0;   // gap: sample numbers lost, both ends included
  uint64_t last = 0;
  uint64_t frames_good = 0;  // counters, since the driver's start
  uint64_t frames_bad = 0;
  uint64_t bytes_skipped = 0;
  bool happened = false;  // note of an instant: it is never present, and again is news
};

// A supervised process: `name` is its port's name, or "uplink".
enum class ChildState : uint8_t {
  started,
  died,      // its devices are Missing{link_lost} from this instant
  failing,   // more than 5 deaths in 60 s
  steady,    // no longer failing
  flooding,  // samples over the limit are dropped
  flood_over,
};
struct ChildChange {
  std::string name;
  ChildState state = ChildState::started;
  std::string why;
  uint64_t dropped = 0;  // flooding, flood_over: samples
};

// Text of topic `command`, as it came. Not parsed before it is journaled.
struct RemoteCommand {
  std::string payload;  // empty when too_large
  bool retained = false;
  bool too_large = false;
};

enum class Conn : uint8_t { live, backlog };
enum class LinkState : uint8_t { connected, lost, refused };
struct LinkChange {
  Conn conn = Conn::live;
  LinkState state = LinkState::lost;
  uint32_t generation = 0;
  std::string why;
};

// The label of now: on every step of the clock or change of its state, at every switch of a
// profile, and each minute. The core itself sees by how much it differs from what it expected.
struct WallChange {
  WallTime wall;
  engine::ProfileSet profiles = 0;  // active now, by local civil time; ignored if unsynchronised
  // What the kernel says of the clock. The label cannot: `stepped` is said of a clock that was set
  // by hand and of one that was corrected.
  bool synchronised = wall.clock == ClockState::synchronised;
};

// A built-in technical alarm becomes true or false. `device` 0: not of a device.
struct TechnicalChange {
  engine::Technical kind = engine::Technical::record_failing;
  DeviceNumber device = 0;
  bool on = false;
  std::string why;
};

enum class StoreState : uint8_t { failing, stalled, recovered };
struct StoreChange {
  StoreState state = StoreState::failing;
  std::string why;
};

// Data known to be missing.
struct GapFound {
  store::RecordGap gap;
};

// Of the sounders at home, as gateway/sounder_watch.h sees them. `failing`: after this one of them
// does not work, or the one that must be there is not.
struct SounderReport {
  bool is_test = false;  // a self-test: `when` start, daily or change, and whether it `passed`
  std::string when;
  bool passed = false;
  bool failing = false;
  std::string text;
};

struct Tick {};  // a deadline of next_deadline() has come
struct Shutdown {
  std::string why;
};

using Input =
    std::variant<Booted, SamplesIn, DeviceFact, ChildChange, BedsideAct, RemoteCommand, LinkChange,
                 WallChange, TechnicalChange, StoreChange, GapFound, Tick, Shutdown, SounderReport>;

// Longest record body: a full datagram of samples, or a command of 16 KiB, and its head.
inline constexpr size_t kInputBytesMax = 80 * 1024;

// Appends. Strings beyond 32 KiB are cut: nothing that long is ever an input.
void encode_input(const Input& input, std::vector<std::byte>& out);

// `samples` keeps what SamplesIn points to and must outlive the input. All bytes must be used.
[[nodiscard]] Result<Input> decode_input(std::span<const std::byte> bytes,
                                         std::vector<Sample>& samples);

}  // namespace lamplight::core
