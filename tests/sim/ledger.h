// Who is judged by what: counts of checks by fault and invariant, and the first violation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lamplight::world {

enum class Invariant : uint8_t { i1, i2, i3, i4, i6, i7, i8, i9, i10, i11, i12 };
inline constexpr int kInvariantCount = 11;
inline constexpr std::array<std::string_view, kInvariantCount> kInvariantNames = {
    "I1", "I2", "I3", "I4", "I6", "I7", "I8", "I9", "I10", "I11", "I12"};

enum class Fault : uint8_t {
  bytes_garbled,   // of any device's line
  device_silent,   // a device says nothing
  driver_dead,     // its process dies and comes back
  driver_hung,     // sends nothing, then all at once
  broker_down,     // killed, what it had not saved is gone
  broker_slow,     // seconds a message
  duplicates,      // messages delivered twice
  puback_lost,     // acknowledgements of the broker lost or late
  stored_odd,      // `stored` lost, late, twice
  acts_odd,        // late, duplicate, wrong, garbled acts; two nurses at once
  disk_stall,      // commits hang
  disk_fails,      // commits fail, then work
  process_death,   // at any step; the ring survives
  box_death,       // power; what is not synced is gone
  poison,          // an input that asserts, twice
  wall_jump,       // ± 10 years
  suspend,         // the box sleeps; boot time goes on
  profile_switch,  // an input like any other
  flood,           // a driver sends thousands of samples
};
inline constexpr int kFaultCount = 19;
inline constexpr std::array<std::string_view, kFaultCount> kFaultNames = {
    "bytes_garbled", "device_silent", "driver_dead",    "driver_hung", "broker_down",
    "broker_slow",   "duplicates",    "puback_lost",    "stored_odd",  "acts_odd",
    "disk_stall",    "disk_fails",    "process_death",  "box_death",   "poison",
    "wall_jump",     "suspend",       "profile_switch", "flood"};

struct Violation {
  Invariant invariant = Invariant::i1;
  std::string what;
  uint64_t step = 0;
  int64_t at_ms = 0;
};

class Ledger {
 public:
  void check(Invariant which, bool holds, const std::string& what) {
    ++checks[static_cast<size_t>(which)];
    if (!holds && !violation) violation = Violation{which, what, 0, 0};
  }
  // For checks whose text is costly to build.
  template <class Text>
  void check_lazy(Invariant which, bool holds, Text text) {
    ++checks[static_cast<size_t>(which)];
    if (!holds && !violation) violation = Violation{which, text(), 0, 0};
  }
  std::array<uint64_t, kInvariantCount> checks{};
  std::optional<Violation> violation;
};

}  // namespace lamplight::world
