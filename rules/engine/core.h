// The engine's inside: the extended program, its plan, the state block, and the parts of one
// instant in the order of the language, 4.1: inputs, commands, freshness and deadlines, conditions,
// alarms, output. Split by part over input.cc, evaluate.cc, alarm_machine.cc, capture.cc,
// snapshot.cc. Private to rules/engine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "rules/engine/deadlines.h"
#include "rules/engine/engine.h"
#include "rules/engine/plan.h"
#include "rules/engine/state.h"

namespace lamplight::engine {

// A set of indices as bits; visited in rising order.
template <size_t N>
class BitSet {
 public:
  void set(size_t i) { words_[i / 64] |= uint64_t{1} << (i % 64); }
  void set_below(size_t n) {
    for (size_t i = 0; i < n; ++i) set(i);
  }
  // Calls visit(i) for each member and empties the set. Members above i may be added on the way.
  template <class F>
  void drain(F visit) {
    for (size_t w = 0; w < words_.size(); ++w) {
      while (words_[w] != 0) {
        const auto bit = static_cast<size_t>(__builtin_ctzll(words_[w]));
        words_[w] &= words_[w] - 1;
        visit(w * 64 + bit);
      }
    }
  }

 private:
  std::array<uint64_t, (N + 63) / 64> words_{};
};

inline constexpr size_t kAllOperationsMax = 2048;  // the program's and the technical ones
inline constexpr size_t kAllAlarmsMax = 256;
inline constexpr size_t kEventsPerAlarm = 8;  // one alarm, one instant, at the very most
inline constexpr size_t kCommandsPerStepMax = 100;

struct GoneAlarm {  // open in the snapshot, not in this program: closed in the first step
  AlarmIndex alarm = kNone;
  AlarmState state;
};

// Scalars of the state that are not in a table.
struct Totals {
  int64_t now = 0;
  uint64_t next_occurrence = 1;
  uint64_t profiles = 0;
  uint64_t started = 0;
};

struct TimedVerdict {
  Truth truth;
  int64_t due;
};
TimedVerdict judge_timed(const TimedState& s, Truth inner, int64_t length, int64_t t);

struct Engine::Core {
  Core(const Program& given, const EngineConfig& settings);

  // engine.cc: one instant and the loop around it
  StepStatus step(MonoTime now, const Input& input, EffectList& effects);
  void run_instant(int64_t t, const Input* input);
  int64_t next_due() const;

  // input.cc
  void apply_gap(Gap gap);
  void apply_profiles(ProfileSet set);
  void apply_sample(const InputSample& sample, int64_t t);
  void accept(ReadingState& s, const InputSample& sample, int64_t measured_at);
  void apply_frame(size_t device, int64_t t);
  void apply_technical(const TechnicalChange& change);
  void take_due(int64_t t);
  void go_stale(SignalIndex signal, int64_t t);
  void set_flag(size_t instance, bool present);
  void touch_signal(SignalIndex signal);

  // evaluate.cc
  void evaluate_dirty(int64_t t);
  void evaluate(OpIndex op, int64_t t);
  void evaluate_compare(OpIndex op, int64_t t);
  void evaluate_signal_test(OpIndex op, int64_t t);
  Truth evaluate_timed(OpIndex op, int64_t t);
  void rearm_timed(int64_t t);
  void settle(OpIndex op, Truth truth, uint16_t reasons, int64_t t);
  void note_sample(OpIndex op, bool sampled, bool turned, int64_t value);
  void rebuild_bounds();
  Truth truth(OpIndex op) const { return static_cast<Truth>(ops[op].truth); }
  bool is_valid(SignalIndex s) const { return signals[s].stale_at != kOpen; }

  // alarm_machine.cc
  void apply_command(const Command& command, int64_t t);
  void acknowledge(AlarmIndex a, const Command& command, int64_t t);
  void reject(const Command& command, RejectWhy why, int64_t t);
  void run_alarms(int64_t t);
  void run_alarm(AlarmIndex a, int64_t t);
  void raise(AlarmIndex a, int64_t t);
  void raise_again(AlarmIndex a, int64_t t);
  void judge_confirmed(AlarmIndex a, int64_t t);
  void judge_worsened(AlarmIndex a, int64_t t);
  void judge_clear(AlarmIndex a, int64_t t);
  void judge_unknown(AlarmIndex a, int64_t t);
  void end(AlarmIndex a, EventKind kind, Cause cause, int64_t t, const Command* act);
  void switch_on(AlarmIndex a, int64_t t);
  void run_timers(int64_t t);
  void run_timer(AlarmIndex a, AlarmTimer timer, int64_t t);
  void close_gone(int64_t t);
  void end_quiet(int64_t t);
  Priority priority_of(AlarmIndex a) const;
  void arm(AlarmIndex a, AlarmTimer timer, int64_t due);
  void disarm_all(AlarmIndex a);
  AlarmView view(AlarmIndex a) const;
  bool is_grouped(AlarmIndex a) const;

  // capture.cc
  Event& emit(EventKind kind, AlarmIndex a, int64_t t);
  void add_evidence(Event& e, OpIndex root);
  void collect_atoms(OpIndex root, Event& e);
  void add_measured(Event& e, AlarmIndex a);
  void add_holes(Event& e, const Alarm& alarm);
  HoleValue hole_value(const Linear& value) const;
  ReasonSet reasons_for(AlarmIndex a) const;
  Duration held_of(OpIndex root, int64_t t) const;

  // snapshot.cc
  void snapshot(std::vector<std::byte>& out) const;
  Status restore(std::span<const std::byte> bytes, bool alarms_only);
  void rearm_everything();
  uint64_t digest() const;

  Program program;  // extended by make_plan
  uint64_t given_hash;
  Plan plan;
  std::vector<std::byte> block;  // all mutable tables below
  std::span<ReadingState> signals;
  std::span<OpState> ops;
  std::span<TimedState> timed;
  std::span<CompareState> compares;
  std::span<AlarmState> alarms;
  std::span<DeviceState> devices;
  Totals totals;
  EngineCounters counters;

  // Derived from program and state; rebuilt after restore.
  Deadlines deadlines;
  std::vector<int64_t> bounds;   // by compare index: constant + Σ limits
  std::vector<int64_t> lengths;  // by span
  std::vector<uint8_t> flags;    // by technical instance
  std::vector<GoneAlarm> gone;
  BitSet<kAllOperationsMax> dirty;
  BitSet<kAllAlarmsMax> dirty_alarms;
  std::array<uint8_t, kAllAlarmsMax> due_timers{};  // bits of AlarmTimer, this instant
  std::vector<uint8_t> limit_changed;               // by limit, this instant
  bool any_timer_due = false;
  bool profiles_changed = false;
  bool evaluate_all = true;
  EffectList* effects = nullptr;  // of the running step
  int64_t emitted = 0;
};

}  // namespace lamplight::engine
