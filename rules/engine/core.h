// The engine's inside: the extended program, its plan, the state block, and the parts of one
// instant in the order of the language, 4.1: inputs, commands, freshness and deadlines, conditions,
// alarms, output. Split by part over input.cc, evaluate.cc, alarm_machine.cc, capture.cc,
// snapshot.cc, acts.cc, view.cc. Private to rules/engine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/engine/deadlines.h"
#include "rules/engine/engine.h"
#include "rules/engine/plan.h"
#include "rules/engine/state.h"

namespace lamplight::engine {

// A set of up to 64·64 indices as bits, with one word that says which words are not empty; visited
// in rising order.
template <size_t N>
class BitSet {
 public:
  void set(size_t i) {
    words_[i / 64] |= uint64_t{1} << (i % 64);
    filled_ |= uint64_t{1} << (i / 64);
  }
  // All members of one word of 64 at once.
  void set_word(size_t word, uint64_t mask) {
    words_[word] |= mask;
    filled_ |= uint64_t{1} << word;
  }
  void set_below(size_t n) {
    for (size_t i = 0; i < n; ++i) set(i);
  }
  // Calls visit(i) for each member and empties the set. Members above i may be added on the way.
  template <class F>
  void drain(F visit) {
    while (filled_ != 0) {
      const auto w = static_cast<size_t>(__builtin_ctzll(filled_));
      while (words_[w] != 0) {
        const auto bit = static_cast<size_t>(__builtin_ctzll(words_[w]));
        words_[w] &= words_[w] - 1;
        visit(w * 64 + bit);
      }
      filled_ &= filled_ - 1;
    }
  }

 private:
  static_assert(N <= 64 * 64);
  std::array<uint64_t, (N + 63) / 64> words_{};
  uint64_t filled_ = 0;
};

// A linear form ready to run: the first signal beside the bound, further ones in a common table.
struct CompareCode {
  int64_t coefficient = 0;
  int64_t bound = 0;  // constant + Σ limits, under the active profiles
  uint16_t signal = kNone;
  uint16_t more_count = 0;
  uint32_t more_first = 0;
};

inline constexpr size_t kAllOperationsMax = 2048;  // the program's and the technical ones
inline constexpr size_t kAllAlarmsMax = 256;
inline constexpr size_t kEventsPerAlarm = 10;  // one alarm, one instant, at the very most
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
  int64_t origin = 0;  // start of the program: windows are aligned to it
};

// What a comparison, or the sum under it, is at an instant.
struct Compared {
  Truth verdict = Truth::unknown;
  uint16_t reasons = 0;
  bool sampled = false;  // a sample of one of its signals came in now
  int64_t sum = 0;
};

// What a window or an age is at an instant: num / den, and how it moves until the next input.
struct NumberNow {
  bool known = false;
  bool is_fraction = false;
  uint16_t reasons = 0;
  int64_t num = 0;
  int64_t den = 1;
  int64_t slope_num = 0;  // per µs
  int64_t slope_den = 0;
  int64_t until = kOpen;  // of an age that grows: where it stops
};

// num / den to the nearest whole number, half away from zero; den > 0.
inline __int128 rounded(__int128 num, __int128 den) {
  const __int128 twice = 2 * (num < 0 ? -num : num) + den;
  return (num < 0 ? -1 : 1) * (twice / (2 * den));
}

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
  void touch_signal(SignalIndex signal) {
    for (const AtomWord& w : plan.atom_words(signal)) dirty.set_word(w.word, w.mask);
  }

  // evaluate.cc
  void evaluate_dirty(int64_t t);
  void evaluate(OpIndex op, int64_t t);
  void evaluate_compare(OpIndex op, int64_t t);
  void evaluate_sum(OpIndex op, const CompareCode& code, int64_t t);
  void evaluate_signal_test(OpIndex op, int64_t t);
  Truth evaluate_timed(OpIndex op, int64_t t);
  void settle(OpIndex op, Truth truth, uint16_t reasons, int64_t t);
  void settle_compare(OpIndex op, const Compared& now, int64_t t);
  void prepare_linears();
  Compared sum_of(const CompareCode& code, int64_t t) const;
  void rebuild_bounds();
  Truth truth(OpIndex op) const { return static_cast<Truth>(ops[op].truth); }
  // areas.cc
  void evaluate_area(OpIndex op, int64_t t);
  int64_t area_at(OpIndex op, int64_t t) const;
  // leases.cc
  struct LeaseOver {
    int64_t until = kOpen;
    uint16_t inhibit = kNone;
  };
  Event& emit_window(EventKind kind, uint16_t button, int64_t t);
  void press(const Command& command, int64_t t);
  void end_press(uint16_t button, int64_t t, const Command* act);
  void evaluate_button(OpIndex op, int64_t t);
  void evaluate_lease(OpIndex op, int64_t t);
  void evaluate_alarm_raised(OpIndex op, int64_t t);
  std::optional<LeaseOver> lease_over(AlarmIndex a) const;
  static void note_lease(Event& e, const LeaseOver& lease);
  void free_of_leases(AlarmIndex a, int64_t t);
  void run_inhibitions(int64_t t);
  void end_leases(int64_t t);
  void touch_raised(AlarmIndex a) {
    if (plan.raised_op[a] != kNone) late.set(plan.raised_op[a]);
  }
  // windows.cc
  void evaluate_window(OpIndex op, int64_t t);
  NumberNow number_at(OpIndex op, int64_t t) const;
  NumberNow number_now(OpIndex op, int64_t t);
  bool is_sane_window(OpIndex op) const;
  // numbers.cc
  struct Moving {  // a sum: (num + slope_num·µs) / (den + slope_den·µs) + rest + slope_ns·ns
    bool known = true;
    bool is_fraction = false;
    bool sampled = false;
    ReasonSet reasons{};
    __int128 num = 0;
    __int128 den = 1;
    __int128 slope_num = 0;
    __int128 slope_den = 0;
    __int128 rest = 0;
    __int128 slope_ns = 0;
    __int128 shown = 0;  // of `rest`, what evidence prints
    int64_t until = kOpen;
  };
  Moving moving_sum(const Linear& linear, int64_t bound, int64_t t);
  void evaluate_number_compare(OpIndex op, int64_t t);
  // counts.cc
  void evaluate_count(OpIndex op, int64_t t);
  int64_t starts_within(OpIndex op, int64_t t) const;
  bool is_valid(SignalIndex s) const { return signals[s].stale_at != kOpen; }

  // alarm_machine.cc
  void apply_command(const Command& command, int64_t t);
  void act_on(AlarmIndex a, const Command& command, int64_t t);
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
  // quiet.cc
  void pause(AlarmIndex a, const Command& command, int64_t t);
  void resume(AlarmIndex a, const Command& command, int64_t t);
  void end_pause(AlarmIndex a, int64_t t, const Command* act);
  void stand_down(AlarmIndex a, const Command& command, int64_t t);
  bool has_open_lost(AlarmIndex a) const;
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
  HoleValue hole_value(const Linear& value, int64_t t) const;
  ReasonSet reasons_for(AlarmIndex a) const;
  Duration held_of(OpIndex root, int64_t t) const;

  // snapshot.cc
  void snapshot(std::vector<std::byte>& out) const;
  [[nodiscard]] Status restore(std::span<const std::byte> bytes, bool alarms_only);
  struct OwnState {  // of one operation, beside its OpState
    std::span<std::byte> entry{};
    std::span<std::byte> tail{};  // a ring, panes
  };
  OwnState own_state(size_t op) const;
  static bool take_own(std::span<const std::byte> from, const OwnState& to);
  bool is_sane(size_t op) const;
  template <class Records>
  bool take_operation(size_t op, const Records& records);
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
  std::span<AreaState> areas;
  std::span<CountState> counts;
  std::span<int64_t> starts;  // rings of all counts
  std::span<WindowState> windows;
  std::span<WindowPane> panes;  // 64 a window
  std::span<ButtonState> buttons;
  std::span<LeaseState> leases;
  std::span<AlarmState> alarms;
  std::span<DeviceState> devices;
  Totals totals;
  EngineCounters counters;

  // Derived from program and state; rebuilt after restore.
  Deadlines deadlines;
  std::vector<CompareCode> codes;  // by linear form
  std::vector<Term> more_terms;
  std::vector<int64_t> lengths;  // by span
  std::vector<uint8_t> flags;    // by technical instance
  std::vector<GoneAlarm> gone;
  BitSet<kAllOperationsMax> dirty;
  BitSet<kAllOperationsMax> late;  // judged after the alarms
  BitSet<kAllAlarmsMax> dirty_alarms;
  std::array<uint8_t, kAllAlarmsMax> due_timers{};  // bits of AlarmTimer, this instant
  std::vector<uint8_t> limit_changed;               // by limit, this instant
  bool any_timer_due = false;
  bool profiles_changed = false;
  bool is_late_pass = false;
  bool leases_changed = true;  // what held a restored alarm back may be no rule any more
  bool evaluate_all = true;
  EffectList* effects = nullptr;  // of the running step
  int64_t emitted = 0;
};

}  // namespace lamplight::engine
