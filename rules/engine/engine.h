// The deterministic alarm engine: step(now, input) → effects. Given the same program, configuration
// and steps it says the same events at the same nanosecond, on any machine. No clock, no I/O, no
// floating point; no heap allocation after construction (snapshot() grows the caller's vector).
// Meaning: rules language, section 4; the life of an alarm: alarms design, sections 4 to 7.
// Core thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rules/engine/effects.h"
#include "rules/engine/input.h"
#include "rules/engine/program.h"
#include "rules/model/result.h"

namespace lamplight::engine {

struct EngineConfig {
  MonoTime start{};               // the program starts here; conditions were unknown before
  std::vector<Role> devices{};    // whose silence is an alarm; index = device number in inputs
  uint64_t first_occurrence = 1;  // numbers below it are never given again, also after restore()
  ProfileSet profiles = 0;        // active at the start
  bool time_is_set = true;        // false raises time_not_set at once, if the program has profiles
};

// `again`: the effect list had no room for one more instant. Take the effects, clear the list, call
// step again with the same arguments; the input has not been used yet.
enum class StepStatus : uint8_t { done, again };

enum class ConditionState : uint8_t { idle, raised, unconfirmed, latched };
enum class SignalState : uint8_t { off, on, acknowledged, marked };
std::string_view name_of(ConditionState state);
std::string_view name_of(SignalState state);

// An alarm as it is now, for screens, snapshots on MQTT and the sounder.
struct AlarmView {
  ConditionState condition = ConditionState::idle;
  SignalState signal = SignalState::off;
  bool audible = false;  // on, not grouped, not inhibited and not paused
  bool inhibited = false;
  bool paused = false;
  bool grouped = false;  // a lost or silent alarm that speaks through an unconfirmed occurrence
  bool forming = false;  // an open run of `when` that has not reached its `for`
  Rank rank{};
  Priority priority = Priority::info;
  ReasonSet reasons{};  // while unconfirmed
  uint16_t again = 0;
  uint32_t flaps = 0;
  uint64_t occurrence = 0;  // open, or marked; 0 = neither
  uint64_t previous = 0;
  uint32_t seen = 0;  // remote acknowledgements of this occurrence
  MonoTime raised_at{};
  MonoTime ack_until = kNever;  // when the sound comes back
  MonoTime inhibited_until = kNever;
  uint16_t inhibit = kNone;  // the lease that does it: index into Program::inhibits
  MonoTime paused_until = kNever;
};

struct SignalView {
  bool valid = false;
  Quality quality = Quality::missing;
  Reason reason = Reason::never;  // while not valid
  int32_t value = 0;              // newest valid value, also when it has gone stale
  MonoTime measured_at = kNever;  // of that value; kNever = none ever
};

struct EngineCounters {
  uint64_t samples = 0;  // accepted
  uint64_t late = 0;     // older than the newest, or stale on arrival: not evaluated
  uint64_t clamped = 0;  // measured in the future
  uint64_t out_of_range = 0;
  uint64_t commands_rejected = 0;
  uint64_t operations_run = 0;
  uint64_t instants = 0;  // evaluated: inputs and deadlines
};

class Engine {
 public:
  // Copies the program. LL_ASSERTs what ProgramBuilder guarantees.
  Engine(const Program& program, const EngineConfig& config);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Runs every deadline before `now` at its own instant, then `now` with its inputs. `now` must be
  // later than the step before and not before the start. Indices out of range in the input are the
  // caller's bug (asserted); values out of range are outside input (unknown, counted).
  [[nodiscard]] StepStatus step(MonoTime now, const Input& input, EffectList& effects);

  // The earliest instant at which something may happen without input; kNever if nothing can.
  MonoTime next_deadline() const;
  MonoTime now() const;  // of the last step; the start before the first

  // The program's alarms in file order, then the technical ones.
  size_t alarm_count() const;
  size_t program_alarm_count() const;
  const Alarm& alarm(AlarmIndex index) const;
  AlarmView view(AlarmIndex index) const;
  SignalView signal_view(SignalIndex index) const;
  // End of the press of a button; kNever: not pressed.
  MonoTime pressed_until(uint16_t button) const;
  // A button that is not pressed cannot be pressed before this; kNever: it can.
  MonoTime rests_until(uint16_t button) const;
  // The longest audio pause that this alarm may be given now.
  Duration longest_pause(AlarmIndex index) const;
  Truth truth(OpIndex op) const;
  // A number for people, as it was at the last step.
  HoleValue value_now(const Linear& value) const;
  ProfileSet profiles() const;
  uint64_t next_occurrence() const;
  const EngineCounters& counters() const;

  // The program as the engine runs it: the given one, with texts and operations of the technical
  // alarms behind it. Events, evidence and texts index into this one.
  const Program& program() const;

  // State as bytes, self-describing. restore() takes it into a fresh engine, before its first step.
  // With the same program and devices everything continues; otherwise operations and signals of
  // equal structure and alarms of equal id keep their state, the rest starts unknown, and what is
  // gone is closed (rules_changed) in the next step.
  void snapshot(std::vector<std::byte>& out) const;
  [[nodiscard]] Status restore(std::span<const std::byte> snapshot);
  // After poison: open alarms come back unconfirmed, with their acknowledgements, pauses and
  // leases; conditions, signals and deadlines start anew at config.start. Same precondition.
  [[nodiscard]] Status restore_alarms_only(std::span<const std::byte> snapshot);
  // Program hash and engine time of a snapshot, without restoring it.
  struct SnapshotHead {
    uint64_t program_hash = 0;
    MonoTime now;
    uint64_t next_occurrence = 0;
  };
  [[nodiscard]] static Result<SnapshotHead> read_head(std::span<const std::byte> snapshot);

  // Over the whole state: equal digests mean equal futures.
  uint64_t digest() const;
  size_t state_bytes() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace lamplight::engine
