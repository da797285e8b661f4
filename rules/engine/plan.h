// What the engine works out once from a program, so that a step only looks up: which atoms a signal
// touches, who reads an operation, which alarms hang on it, slots of the deadline heap, and the
// operations and alarms of the built-in technical ones behind the program's own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rules/engine/program.h"
#include "rules/engine/technical.h"

namespace lamplight::engine {

// Rows of indices in one array: row(i) is a span.
class Rows {
 public:
  Rows() = default;
  explicit Rows(const std::vector<std::vector<uint16_t>>& rows);
  std::span<const uint16_t> row(size_t i) const {
    return {items_.data() + starts_[i], starts_[i + 1] - starts_[i]};
  }

 private:
  std::vector<uint32_t> starts_{0};
  std::vector<uint16_t> items_;
};

// Some of the atoms that a signal touches: a word of the dirty set and its bits.
struct AtomWord {
  uint32_t word = 0;
  uint64_t mask = 0;
};

struct TechnicalInstance {
  Technical kind;
  uint8_t device = 0;
  OpIndex flag = kNone;
  AlarmIndex alarm = kNone;
};

// Slots of the deadline heap, in this order: signals, devices, operations that change by
// themselves, alarms × 4.
enum class AlarmTimer : uint8_t { unknown_clears, remind, ack_timeout, pause };
inline constexpr size_t kAlarmTimers = 4;

struct Plan {
  size_t program_alarms = 0;  // the technical ones follow
  size_t program_operations = 0;
  std::vector<TechnicalInstance> technical;
  std::vector<Role> devices;
  std::vector<uint8_t> signal_device;  // device of a signal, kNoDevice if none
  Rows atoms_of_signal;
  std::vector<std::vector<AtomWord>> atom_words_of;  // the same as bits
  Rows parents;                                      // operations that read an operation
  Rows alarms_of;        // alarms whose when, now_part, clear or worsens an operation is
  Rows limits_of_alarm;  // limits under when and clear
  Rows operations_of_limit;
  std::vector<uint16_t> record;  // operation → its place in the table of its kind, kNone
  std::vector<uint16_t> timer;   // operation → its place among the slots, kNone
  std::vector<OpIndex> timer_operations;
  size_t timed_count = 0;
  size_t compare_count = 0;
  size_t area_count = 0;
  size_t count_count = 0;
  size_t window_count = 0;
  size_t lease_count = 0;
  size_t button_count = 0;
  std::vector<OpIndex> button_op;  // by button
  std::vector<OpIndex> raised_op;  // by alarm: the operation that reads it, kNone
  std::vector<uint8_t> is_late;    // by operation: judged after the alarms
  Rows inhibits_of;                // by alarm: inhibitions that name it
  size_t start_count = 0;          // of all rings together
  std::vector<uint32_t> ring_of;   // by CountState: where its ring begins
  Rows signals_of_alarm;           // read under `when`; of lost alarms the signal itself

  std::span<const AtomWord> atom_words(size_t signal) const { return atom_words_of[signal]; }
  size_t device_slot(size_t device) const { return signal_device.size() + device; }
  size_t first_timer_slot() const { return device_slot(devices.size()); }
  size_t timer_slot(size_t op) const { return first_timer_slot() + timer[op]; }
  size_t alarm_slot(size_t alarm, AlarmTimer which) const {
    return first_timer_slot() + timer_operations.size() + alarm * kAlarmTimers +
           static_cast<size_t>(which);
  }
};
inline constexpr uint8_t kNoDevice = 0xFF;

// Appends the technical alarms for these devices to `program` and derives the rest.
Plan make_plan(Program& program, const std::vector<Role>& devices);

// The span's length under these profiles.
Duration span_length(const Program& program, uint16_t span, ProfileSet profiles);

}  // namespace lamplight::engine
