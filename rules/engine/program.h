// The intermediate form: what the compiler writes and all three evaluators read. Plain data:
// signals, limits as step functions, a hash-consed DAG of operations in topological order (an
// operand always has a lower index), alarms in file order, texts with holes. Nothing here runs;
// engine.h does. Every number is an exact integer; scales are ratios fixed at compile time
// (language, section 3). Made only by ProgramBuilder (builder.h), which folds, shares and checks
// the bounds of section 5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/model/catalogue.h"
#include "rules/model/priority.h"
#include "rules/model/time.h"

namespace lamplight::engine {

using SignalIndex = uint16_t;
using LimitIndex = uint16_t;
using OpIndex = uint16_t;
using AlarmIndex = uint16_t;
using TextIndex = uint16_t;
inline constexpr uint16_t kNone = 0xFFFF;  // "no such index" in every index above

// Kleene's three values. The numbers make `and` the minimum and `or` the maximum.
enum class Truth : uint8_t { no = 0, unknown = 1, yes = 2 };
constexpr const char* name_of(Truth t) {
  return t == Truth::no ? "F" : (t == Truth::unknown ? "U" : "T");
}

// An exact positive or negative fraction, lowest terms not required.
struct Ratio {
  int64_t num = 1;
  int64_t den = 1;
  bool operator==(const Ratio&) const = default;
};

struct Signal {
  std::string name{};          // in the rules file: "spo2"
  std::string path{};          // "oximeter.spo2"
  std::optional<Role> role{};  // of the path, when the catalogue knows it
  SignalKind kind = SignalKind::numeric;
  std::string unit{};  // of numeric signals: "percent"
  Ratio step{};        // one unit of a sample's value, in `unit`: {1, 10}
  int decimals = 0;    // enough to print any multiple of the step
  int32_t min = 0;     // declared range, in steps, both ends valid
  int32_t max = 0;     // enumerations: 0 .. n-1; booleans: 0 .. 1
  Duration every{};
  Duration stale{};
  std::vector<std::string> enumerators{};  // value = index here, not the catalogue's number
  int32_t multiplier = 1;  // catalogue step / this step; 0 = coarser, cannot be bound live
  bool operator==(const Signal&) const = default;
};

// Interval [start, end) of local civil time in minutes of the day; end <= start runs over midnight.
// A day bit (0 = monday) names the day on which the interval starts.
struct Profile {
  std::string name{};
  uint16_t start_minute = 0;
  uint16_t end_minute = 0;
  uint8_t days = 0x7F;
  bool operator==(const Profile&) const = default;
};
using ProfileSet = uint32_t;  // bit n = profile n is active
inline constexpr size_t kProfilesMax = 32;

// A step function, always known: `base`, or the value of the first active profile that sets it.
// Values already are the plan's where a plan sets them.
struct Limit {
  std::string name{};
  std::string unit{};
  Ratio step{};      // one unit of the values below, in `unit`; durations: nanoseconds
  int decimals = 0;  // enough to print the values; the step may be finer
  int64_t base = 0;
  int64_t allowed_min = 0;
  int64_t allowed_max = 0;
  std::vector<std::optional<int64_t>> at{};  // by profile; may be shorter than the profiles
  bool operator==(const Limit&) const = default;
};
int64_t limit_value(const Limit& limit, ProfileSet active);

// Σ coefficient·signal + Σ coefficient·limit + Σ coefficient·number + constant, all in one common
// scale. Of the numbers at most one is a fraction (mean, share), and then none is an age.
struct Term {
  uint16_t index = 0;
  int64_t coefficient = 1;
  bool operator==(const Term&) const = default;
};
struct Linear {
  std::vector<Term> signals{};  // rising index, no zero coefficient (the builder sees to it)
  std::vector<Term> limits{};
  int64_t constant = 0;
  std::vector<Term> numbers{};  // operations that are numbers: windows and ages
  bool operator==(const Linear&) const = default;
};

// A number for people: value·step in `unit`, rounded half away from zero to `decimals`.
struct Quantity {
  Linear value{};
  Ratio step{};
  int decimals = 0;
  std::string unit{};
  bool operator==(const Quantity&) const = default;
};

// Text with holes. Titles, say, do and the wording of an atom ("spo2 < {90 percent}") are all this.
struct Piece {
  enum class Kind : uint8_t { literal, child, held, reason, quantity };
  Kind kind = Kind::literal;
  std::string literal{};  // literal: the words; otherwise the hole's own spelling: "spo2_low"
  Quantity quantity{};
  bool operator==(const Piece&) const = default;
};
struct Text {
  std::vector<Piece> pieces{};
  bool operator==(const Text&) const = default;
};

// 64 panes over `length`; the value is unknown while less than `known_least_us` of it is known.
struct Window {
  Duration length{};
  Duration pane{};
  int64_t known_least_us = 0;
  bool operator==(const Window&) const = default;
};

// A duration: a literal, or a limit whose values are nanoseconds.
struct Span {
  Duration literal{};
  LimitIndex limit = kNone;
  bool operator==(const Span&) const = default;
};

enum class OpKind : uint8_t {
  constant,  // value: 0 F, 1 U, 2 T
  compare,   // linear[a] < 0
  is_value,  // signal a has the value `value` (enumerator or boolean)
  is_lost,   // signal a is unknown: never U
  is_valid,  // signal a is known: never U
  flag,      // an input of the engine itself (technical alarms); never made by a builder's caller
  logical_not,     // not a
  logical_and,     // a and b
  logical_or,      // a or b
  hold_for,        // a for span[first] [ignoring gaps up to span[second]]
  within_last,     // a within last span[first]
  since,           // a since b
  shortfall,       // area of linear[a] (limit - x), forgotten after span[first], >= linear[b]
  excess,          // the same of x - limit
  count_starts,    // a began to be true `value` times or more within span[first]
  compare_number,  // linear[a], with numbers in it, < 0; <= 0 if `value` is 1
  // Numbers: of signal a over window[b]; share of the time in which a holds, in 1/1000; age of
  // signal a in ns.
  mean,
  minimum,
  maximum,
  drop,
  rise,
  change,
  share,
  age,
  // Of inhibitions, judged after the alarms of an instant (language, 4.1).
  alarm_raised,  // alarm a is raised, confirmed and not inhibited
  button,        // button a is pressed
  lease,         // a, until the end of span[first], and then not before a was false
};
const char* name_of(OpKind kind);

struct Operation {  // 16 bytes
  OpKind kind = OpKind::constant;
  uint8_t unused = 0;
  uint16_t a = kNone;       // operand, or signal, or linear form
  uint16_t b = kNone;       // second operand
  uint16_t first = kNone;   // span
  uint16_t second = kNone;  // span of the bridged gap
  uint16_t show = kNone;    // of atoms: how evidence prints it
  int32_t value = 0;
  bool operator==(const Operation&) const = default;
};
static_assert(sizeof(Operation) == 16);

// How evidence prints an atom. A comparison's value in the record is Σ of its signal terms · step.
struct Show {
  TextIndex text = kNone;
  Ratio step{};  // negative where the comparison was turned round (x > 5 is -x < -5)
  int decimals = 0;
  std::string unit{};  // empty: no number to print
  bool operator==(const Show&) const = default;
};

// Pressed by a named person at the bedside; ends by itself, and then rests.
struct Button {
  std::string name{};
  Duration lasts{};
  Duration rests{};
  bool operator==(const Button&) const = default;
};

// A lease over alarms: what they sound is held back while it lasts.
struct Inhibit {
  OpIndex lease = kNone;
  uint16_t button = kNone;  // its condition is this button alone
  std::string by{};         // the button, the alarm or the condition, as written
  std::vector<AlarmIndex> alarms{};
  bool operator==(const Inhibit&) const = default;
};

enum class AlarmClass : uint8_t { physiological, technical };
enum class AlarmSource : uint8_t { rule, lost, builtin };

struct EscalationStep {
  std::string role{};
  Duration after{};
  bool operator==(const EscalationStep&) const = default;
};

struct Alarm {
  std::string id{};  // "oxygen_low", "lost.spo2", "device_silent.pump"
  AlarmSource source = AlarmSource::rule;
  AlarmClass klass = AlarmClass::physiological;
  Rank rank{};
  TextIndex title = kNone;  // what is shown
  TextIndex say = kNone;
  TextIndex instruction = kNone;  // `do`: what to do
  std::string because{};
  OpIndex when = kNone;
  OpIndex now_part = kNone;  // builder.now_part(when)
  OpIndex clear = kNone;     // as written, or builder.default_clear(when)
  OpIndex worsens = kNone;
  Rank worsens_to{};
  bool latch = false;  // until acknowledged at the bedside
  bool never_inhibited = false;
  Duration unknown_clears{};               // 0 = an unknown condition keeps the alarm
  Duration remind_every{};                 // 0 = the table's default
  SignalIndex lost_signal = kNone;         // of `lost` alarms
  std::vector<EscalationStep> escalate{};  // carried for region C
  uint32_t notify_at_most = 0;             // 0 = no bound
  Duration notify_per{};
  bool operator==(const Alarm&) const = default;
};

struct Program {
  std::string name{};  // rules 1 "home-vent"
  int rules_version = 0;
  int plan_version = 0;  // 0 without a plan
  std::string child{};   // the plan's name; for screens at home only, not part of hash()
  std::vector<std::string> roles{};
  std::vector<Signal> signals{};
  std::vector<Profile> profiles{};
  std::vector<Limit> limits{};
  std::vector<Button> buttons{};
  std::vector<Text> texts{};
  std::vector<Linear> linears{};
  std::vector<Span> spans{};
  std::vector<Window> windows{};
  std::vector<Show> shows{};
  std::vector<Operation> operations{};
  std::vector<uint64_t>
      operation_hashes{};  // structure of each node, limits by name, texts left out
  std::vector<Alarm> alarms{};
  std::vector<Inhibit> inhibits{};  // none reads an alarm that a later one inhibits

  // Everything that decides or words an event, limit values included; the child's name excepted.
  uint64_t hash() const;
  // What section 5 counts against 64 KiB, as the engine lays it out.
  size_t state_bytes() const;
  std::optional<SignalIndex> find_signal(std::string_view name_or_path) const;
  std::optional<AlarmIndex> find_alarm(std::string_view id) const;
};

// The least and the greatest value a number may have.
struct NumberRange {
  int64_t low = 0;
  int64_t high = 0;
};
NumberRange number_range(const Program& program, OpIndex number);

}  // namespace lamplight::engine
