// The words that steer a simulator: the same for a scenario's lines and for JSON lines. A word
// is checked against the catalogue when it is made; what a device can do with it, the device says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "firmware-sim/patient_event.h"
#include "rules/model/catalogue.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::sim {

enum class Fault : uint8_t {
  none,
  silence,
  truncate,
  garble,
  frozen,
  late,
  stale_reply,
  wrong_unit,
  exception,
  babble,
  slow,
  restart,
  clock_jump,
  drop,          // every second frame is lost
  flip,          // one bit of each frame: only where a checksum can tell
  duplicate,     // each frame twice
  stuck,         // the readings stand still, all else goes on
  wrong_baud,    // what a line at another speed makes of the bytes
  counter_wrap,  // the device's counters are about to begin anew at 0
  stray_bytes,   // 1 to 20 at random instants, every 2 s on average, in the pauses of the others
  only_stray_bytes,  // and no answer to anybody
};
inline constexpr std::array<std::string_view, 21> kFaultNames = {
    "none",         "silence",     "truncate",
    "garble",       "frozen",      "late",
    "stale_reply",  "wrong_unit",  "exception",
    "babble",       "slow",        "restart",
    "clock_jump",   "drop",        "flip",
    "duplicate",    "stuck",       "wrong_baud",
    "counter_wrap", "stray_bytes", "only_stray_bytes"};
constexpr std::string_view name_of(Fault f) { return kFaultNames[static_cast<size_t>(f)]; }
std::optional<Fault> fault_of(std::string_view word);

// `set NAME VALUE [over D]`. Without a role, saturation, pulse and perfusion are the patient's,
// so every device that measures them follows; with a role it is that device's reading alone.
struct SetWord {
  SignalId signal = 0;
  int32_t value = 0;  // in the catalogue's step
  Duration over;
  bool of_patient = false;
};
// `set ventilator.circuit connected|disconnected`: what happens at the bed; the device finds out
// after its own delay, unlike `condition ventilator circuit_disconnected on`.
struct CircuitWord {
  bool connected = true;
};
struct ConditionWord {
  SignalId condition = 0;
  bool present = false;
};
struct SilencedWord {
  Role role = Role::oximeter;
  bool silenced = false;
};
struct FaultWord {
  Role role = Role::oximeter;
  Fault fault = Fault::none;
  std::optional<Duration> lasts;  // nothing: until `fault ROLE none`
};
struct LinkWord {
  Role role = Role::oximeter;
  bool plugged = true;
};
// `patient mucus_plug on`: what befalls the child; every device shows it in its own way.
struct PatientWord {
  PatientEvent event = PatientEvent::mucus_plug;
  bool present = false;
};
// `swap oximeter ventilator`: somebody put each plug into the other's socket.
struct SwapWord {
  Role first = Role::oximeter;
  Role second = Role::oximeter;
};
// Carried through to the truth log: the judge reads it there.
struct ExpectWord {
  std::string what;
  std::optional<Duration> within;
};
using Word = std::variant<SetWord, CircuitWord, ConditionWord, SilencedWord, FaultWord, LinkWord,
                          PatientWord, SwapWord, ExpectWord>;

// The role that a word steers; nothing for `expect`, for the patient, and for two at once.
std::optional<Role> role_of(const Word& word);

// "84", "-1.5", "12.50" at `decimals` digits: 88.5 at 1 is 885. Says what is wrong otherwise.
[[nodiscard]] Result<int32_t> parse_quantity(std::string_view text, int decimals);
// NUM with the unit beside it, "12.5" "s": ms, s, min, h.
[[nodiscard]] Result<Duration> parse_duration(std::string_view number, std::string_view unit);
// `set NAME VALUE`, with the choice of role explained in SetWord. `only` is the one role there
// is (a simulator of one device), which then owns every bare name.
[[nodiscard]] Result<Word> make_set(std::string_view name, std::string_view value, Duration over,
                                    std::optional<Role> only);
[[nodiscard]] Result<Word> make_condition(Role role, std::string_view name, bool present);

// "a, b, c": for messages that list what there is.
std::string in_quotes(std::string_view text);
std::string list_of(std::span<const std::string_view> names);

}  // namespace lamplight::sim
