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

struct ButtonState {
  int64_t pressed_at = kUnset;
  int64_t until = kOpen;  // end of the press; kOpen: not pressed
  int64_t ended_at = kUnset;
};

struct LeaseState {
  int64_t began = kUnset;
  int64_t until = kOpen;
  uint8_t active = 0;
  uint8_t spent = 0;  // needs a false condition before it can begin again
  uint8_t unused[6] = {};
};

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
  int64_t freed_at = kUnset;  // worsened then: leases that began before do not count
  int64_t pause_due = kOpen;  // end of the audio pause; kOpen: none
  int64_t paused_at = kUnset;
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
  uint8_t inhibited = 0;
  uint8_t pause_covers = 0;  // what is grouped under it has been since the pause began
  uint8_t unused[4] = {};
};

struct DeviceState {
  int64_t last_frame = kUnset;
};

// Of count_starts; the newest `value` starts stand in a ring behind all entries.
struct CountState {
  int64_t unknown_end = kUnset;  // end of the last U-run; kOpen while unknown
  uint16_t reasons = 0;          // of that run
  uint8_t last_known = 1;        // as Truth; 1: nothing was known yet
  uint8_t next = 0;              // place of the oldest start in the ring
  uint8_t filled = 0;            // starts in the ring
  uint8_t unused[3] = {};
};
inline constexpr int32_t kStartsMax = 64;

// Of a window; its 64 panes stand in a table of their own.
struct WindowState {
  int64_t at = kUnset;     // counted up to here
  int64_t pane = 0;        // the running one, from the program's start
  int64_t past_sum = 0;    // of the 63 complete panes: mean, share
  int64_t past_known = 0;  // µs
  int32_t held = 0;        // value since `at`; share: 1 while true
  int32_t past_level = 0;  // of the complete panes: min, max, drop, rise
  uint16_t reasons = 0;    // why it was unknown last
  uint8_t is_known = 0;
  uint8_t has_past = 0;
  uint8_t unused[4] = {};
};
struct WindowPane {
  int64_t sum = 0;     // value·µs; of levels and change: 1 = there is a level
  uint32_t known = 0;  // µs
  int32_t level = 0;   // extreme; of change: what was held at the first instant
};
inline constexpr int64_t kPanes = 64;
inline constexpr int64_t kShareScale = 1000;
inline constexpr int64_t kAgeMax = hours(24).ns * 366;  // an age stops growing there

static_assert(sizeof(ReadingState) == 40 && std::has_unique_object_representations_v<ReadingState>);
static_assert(sizeof(OpState) == 16 && std::has_unique_object_representations_v<OpState>);
static_assert(sizeof(TimedState) == 24 && std::has_unique_object_representations_v<TimedState>);
static_assert(sizeof(CompareState) == 16);
static_assert(sizeof(AreaState) == 32);
static_assert(sizeof(WindowState) == 48 && std::has_unique_object_representations_v<WindowState>);
static_assert(sizeof(WindowPane) == 16);
static_assert(sizeof(CountState) == 16 && std::has_unique_object_representations_v<CountState>);
static_assert(sizeof(ButtonState) == 24);
static_assert(sizeof(LeaseState) == 24 && std::has_unique_object_representations_v<LeaseState>);
static_assert(sizeof(AlarmState) == 104 && std::has_unique_object_representations_v<AlarmState>);

constexpr bool is_timed(OpKind k) { return k == OpKind::hold_for || k == OpKind::within_last; }
constexpr bool is_signal_test(OpKind k) {
  return k == OpKind::is_value || k == OpKind::is_lost || k == OpKind::is_valid;
}
constexpr bool is_area(OpKind k) { return k == OpKind::shortfall || k == OpKind::excess; }
constexpr bool is_compare(OpKind k) { return k == OpKind::compare || k == OpKind::compare_number; }
constexpr bool is_window(OpKind k) { return k >= OpKind::mean && k <= OpKind::share; }
constexpr bool is_number(OpKind k) { return is_window(k) || k == OpKind::age; }
// Reads a linear form over signals, limits and numbers.
constexpr bool is_linear(OpKind k) { return is_compare(k) || is_area(k); }
// `a` is a signal.
constexpr bool reads_signal_alone(OpKind k) {
  return is_signal_test(k) || (is_number(k) && k != OpKind::share);
}
// `a`, and perhaps `b`, is an operation.
constexpr bool reads_operation(OpKind k) {
  return (k >= OpKind::logical_not && k <= OpKind::since) || k == OpKind::count_starts ||
         k == OpKind::share || k == OpKind::lease;
}
// Stands in evidence with its own words.
constexpr bool is_atom(OpKind k) {
  return (k <= OpKind::flag && k != OpKind::constant) || is_area(k) || k == OpKind::count_starts ||
         k == OpKind::compare_number || k == OpKind::button;
}
// Changes by itself: has a slot among the deadlines.
constexpr bool has_timer(OpKind k) {
  return is_timed(k) || is_area(k) || k == OpKind::count_starts || is_window(k) ||
         k == OpKind::compare_number || k == OpKind::button || k == OpKind::lease;
}

// Bytes the block takes for this program, without devices and technical alarms.
size_t state_bytes_of(const Program& program);

}  // namespace lamplight::engine
