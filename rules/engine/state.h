// The engine's whole mutable state as plain records in one block: what snapshot() writes, digest()
// reads and section 5 of the language bounds. No record has padding, so bytes compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "rules/engine/program.h"

namespace lamplight::engine {

inline constexpr int64_t kUnset = INT64_MIN;  // "this never happened"
inline constexpr int64_t kOpen = INT64_MAX;   // "still going on"; as a deadline: none

struct ReadingState {
  int64_t measured_at = kUnset;  // newest accepted, valid or not
  int64_t valid_at = kUnset;     // measured_at of the newest valid one: what `value` belongs to
  int64_t effect_at = kUnset;    // instant of the newest accepted sample
  int64_t stale_at = kOpen;      // end of validity; kOpen while not valid
  int32_t value = 0;
  uint8_t quality = 2;
  uint8_t reason = 1;
  uint8_t before_gap = 0;  // when it goes stale, nobody was watching
  uint8_t unused = 0;
};

struct OpState {
  int64_t since = kUnset;
  uint32_t samples = 0;  // atoms: in this run of the truth
  uint16_t reasons = 0;
  uint8_t truth = 1;
  uint8_t has_value = 0;
};

// Of hold_for; of within_last with truth turned round.
struct TimedState {
  int64_t run = kUnset;        // start of the current T-run
  int64_t other_end = kUnset;  // end of the last F-run; kOpen while F
  int64_t gap = kUnset;        // start of the U-run that interrupts a T-run
};

struct CompareState {
  int64_t worst = 0;
  int64_t last = 0;
};

// Of shortfall and excess.
struct AreaState {
  int64_t area = 0;        // in step·ns, from 0 to kAreaMax
  int64_t at = kUnset;     // `area` is counted up to here
  int64_t depth = kUnset;  // slope since then; kUnset while it is unknown
  int64_t hold = kUnset;   // since when depth <= 0
};
inline constexpr int64_t kAreaMax = int64_t{1} << 62;

inline constexpr uint8_t kDefinitionChanged = 1;  // A14
inline constexpr uint8_t kUnjudged = 2;           // restored without its conditions

struct AlarmState {
  uint64_t occurrence = 0;  // open one; 0 = idle
  uint64_t previous = 0;
  uint64_t mark = 0;  // marked occurrence; 0 = none
  int64_t raised_at = kUnset;
  int64_t ack_due = kOpen;
  int64_t remind_due = kOpen;
  int64_t unknown_due = kOpen;
  uint32_t flaps = 0;
  uint32_t seen = 0;
  uint16_t again = 0;
  uint8_t condition = 0;
  uint8_t signal = 0;
  uint8_t severity = 0;
  uint8_t onset = 0;
  uint8_t worsened = 0;
  uint8_t acknowledged = 0;  // at the bedside since the last raised, worsened or again
  uint8_t fell = 0;          // `when` was false since it was last true
  uint8_t changed = 0;       // over a restore, told in the next step: kDefinitionChanged, kUnjudged
  uint8_t unused[6] = {};
};

struct DeviceState {
  int64_t last_frame = kUnset;
};

static_assert(sizeof(ReadingState) == 40 && std::has_unique_object_representations_v<ReadingState>);
static_assert(sizeof(OpState) == 16 && std::has_unique_object_representations_v<OpState>);
static_assert(sizeof(TimedState) == 24 && std::has_unique_object_representations_v<TimedState>);
static_assert(sizeof(CompareState) == 16);
static_assert(sizeof(AreaState) == 32);
static_assert(sizeof(AlarmState) == 80 && std::has_unique_object_representations_v<AlarmState>);

constexpr bool is_timed(OpKind k) { return k == OpKind::hold_for || k == OpKind::within_last; }
constexpr bool is_signal_test(OpKind k) {
  return k == OpKind::is_value || k == OpKind::is_lost || k == OpKind::is_valid;
}
constexpr bool is_area(OpKind k) { return k == OpKind::shortfall || k == OpKind::excess; }
// Reads a linear form over signals and limits.
constexpr bool is_linear(OpKind k) { return k == OpKind::compare || is_area(k); }
// Reads no other operation.
constexpr bool is_leaf(OpKind k) { return k <= OpKind::flag || is_area(k); }
// Stands in evidence with its own words.
constexpr bool is_atom(OpKind k) { return is_leaf(k) && k != OpKind::constant; }
// Changes by itself: has a slot among the deadlines.
constexpr bool has_timer(OpKind k) { return is_timed(k) || is_area(k); }

// Bytes the block takes for this program, without devices and technical alarms.
size_t state_bytes_of(const Program& program);

}  // namespace lamplight::engine
