#include "firmware-sim/word.h"

#include <array>
#include <charconv>
#include <vector>

namespace lamplight::sim {
namespace {

bool is_digits(std::string_view s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<std::string_view> settable_names(Role role) {
  std::vector<std::string_view> names;
  for (const SignalInfo& s : catalogue()) {
    if (s.role != role) continue;
    if (s.kind == SignalKind::numeric || s.kind == SignalKind::enumeration) names.push_back(s.name);
  }
  return names;
}

// The roles whose catalogue has `name` among what can be set.
std::vector<Role> owners_of(std::string_view name) {
  std::vector<Role> roles;
  for (int r = 0; r < kRoleCount; ++r) {
    for (const std::string_view n : settable_names(static_cast<Role>(r))) {
      if (n == name) roles.push_back(static_cast<Role>(r));
    }
  }
  return roles;
}

// What a measuring device of this kind could ever show, in whole units. Wide on purpose: it keeps
// slips of the finger (840 for 84.0) away from the patient, not rare states.
struct Reach {
  std::string_view unit;
  int lowest;
  int highest;
};
constexpr std::array<Reach, 9> kReaches = {{{"percent", 0, 100},
                                            {"bpm", 0, 350},
                                            {"cmH2O", -50, 200},
                                            {"mL", 0, 65'000},
                                            {"breaths/min", 0, 200},
                                            {"L/min", 0, 300},
                                            {"s", 0, 6'000},
                                            {"mL/h", 0, 3'000},
                                            {"kPa", -200, 500}}};

Status within_reach(const SignalInfo& info, int32_t steps) {
  int64_t scale = 1;
  for (int i = 0; i < info.decimals; ++i) scale *= 10;
  for (const Reach& reach : kReaches) {
    if (reach.unit != info.unit) continue;
    if (steps >= reach.lowest * scale && steps <= reach.highest * scale) return {};
    return failure(in_quotes(info.name) + " is from " + std::to_string(reach.lowest) + " to " +
                   std::to_string(reach.highest) + " " + std::string(info.unit));
  }
  return {};
}

Result<Word> set_of(Role role, std::string_view name, std::string_view value, Duration over,
                    bool of_patient) {
  const auto id = find_signal(role, name);
  const bool is_condition = name.substr(0, 6) == "alarm." || name == "silenced";
  if (!id || is_condition || signal_info(*id).kind == SignalKind::boolean) {
    std::string why = std::string(sim::list_of(settable_names(role)));
    if (is_condition) {
      return failure(in_quotes(name) + " is not set; say `condition " + std::string(name_of(role)) +
                     " NAME on` or `silenced " + std::string(name_of(role)) + " on`");
    }
    return failure("no signal " + in_quotes(name) + " of " + std::string(name_of(role)) +
                   "; it has: " + why);
  }
  const SignalInfo& info = signal_info(*id);
  if (info.kind == SignalKind::waveform) {
    return failure(in_quotes(name) + " is a waveform that the patient makes; it cannot be set");
  }
  if (info.kind == SignalKind::enumeration) {
    for (size_t i = 0; i < info.enumerators.size(); ++i) {
      if (info.enumerators[i] == value) {
        return Word(SetWord{*id, static_cast<int32_t>(i), Duration{}, false});
      }
    }
    return failure("no state " + in_quotes(value) + "; there are: " + list_of(info.enumerators));
  }
  const auto number = parse_quantity(value, info.decimals);
  if (!number) return failure(number.error());
  if (const Status s = within_reach(info, *number); !s) return failure(s.error());
  return Word(SetWord{*id, *number, over, of_patient});
}

}  // namespace

std::optional<Fault> fault_of(std::string_view word) {
  for (size_t i = 0; i < kFaultNames.size(); ++i) {
    if (kFaultNames[i] == word) return static_cast<Fault>(i);
  }
  return std::nullopt;
}

std::optional<Role> role_of(const Word& word) {
  struct Visitor {
    std::optional<Role> operator()(const SetWord& w) const {
      if (w.of_patient) return std::nullopt;
      return signal_info(w.signal).role;
    }
    std::optional<Role> operator()(const CircuitWord&) const { return Role::ventilator; }
    std::optional<Role> operator()(const ConditionWord& w) const {
      return signal_info(w.condition).role;
    }
    std::optional<Role> operator()(const SilencedWord& w) const { return w.role; }
    std::optional<Role> operator()(const FaultWord& w) const { return w.role; }
    std::optional<Role> operator()(const LinkWord& w) const { return w.role; }
    std::optional<Role> operator()(const PatientWord&) const { return std::nullopt; }
    std::optional<Role> operator()(const SwapWord&) const { return std::nullopt; }
    std::optional<Role> operator()(const ExpectWord&) const { return std::nullopt; }
  };
  return std::visit(Visitor{}, word);
}

Result<int32_t> parse_quantity(std::string_view text, int decimals) {
  const std::string_view whole_text = text;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const auto dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  if (!is_digits(whole) || (dot != std::string_view::npos && !is_digits(fraction))) {
    return failure(in_quotes(whole_text) + " is not a number; write it like 84 or 12.5");
  }
  while (fraction.size() > static_cast<size_t>(decimals) && fraction.back() == '0') {
    fraction.pop_back();
  }
  if (fraction.size() > static_cast<size_t>(decimals)) {
    return failure(in_quotes(whole_text) + " has more decimals than the signal's step; at most " +
                   std::to_string(decimals));
  }
  fraction.append(static_cast<size_t>(decimals) - fraction.size(), '0');
  const std::string digits = std::string(whole) + fraction;
  int64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc() || value > 1'000'000'000) {
    return failure(in_quotes(whole_text) + " is too large; at most 1000000000 steps");
  }
  return static_cast<int32_t>(negative ? -value : value);
}

Result<Duration> parse_duration(std::string_view number, std::string_view unit) {
  if (number.empty()) return failure("a time begins with a number; write it like 5 s");
  int64_t scale = 0;  // ns of one unit
  if (unit == "ms") scale = 1'000'000;
  if (unit == "s") scale = 1'000'000'000;
  if (unit == "min") scale = 60'000'000'000;
  if (unit == "h") scale = 3'600'000'000'000;
  if (scale == 0) {
    return failure("a time needs a unit: " + std::string(number) + " ms, s, min or h" +
                   (unit.empty() ? "" : ", not " + in_quotes(unit)));
  }
  const auto thousandths = parse_quantity(number, 3);
  if (!thousandths) return failure(thousandths.error());
  if (*thousandths < 0) return failure("a time cannot be negative: " + in_quotes(number));
  if (*thousandths > 100'000'000)
    return failure(in_quotes(number) + " is too long; at most 100000");
  return Duration{int64_t{*thousandths} * (scale / 1000)};
}

Result<Word> make_set(std::string_view name, std::string_view value, Duration over,
                      std::optional<Role> only) {
  const auto dot = name.find('.');
  if (dot != std::string_view::npos) {
    const auto role = lamplight::role_of(name.substr(0, dot));
    if (!role) {
      return failure("no role " + in_quotes(name.substr(0, dot)) +
                     "; there are: oximeter, ventilator, pump, contact");
    }
    if (name == "ventilator.circuit") {
      if (value == "connected") return Word(CircuitWord{true});
      if (value == "disconnected") return Word(CircuitWord{false});
      return failure("the circuit is 'connected' or 'disconnected', not " + in_quotes(value));
    }
    return set_of(*role, name.substr(dot + 1), value, over, false);
  }
  if (only) return set_of(*only, name, value, over, false);
  const auto owners = owners_of(name);
  if (owners.empty()) {
    return failure("no signal " + in_quotes(name) + "; `lamplight-sim list` shows them");
  }
  const bool of_patient = owners[0] == Role::oximeter;
  if (!of_patient && owners.size() > 1) {
    return failure(in_quotes(name) + " belongs to more than one device; say " +
                   std::string(name_of(owners[0])) + "." + std::string(name) + " or " +
                   std::string(name_of(owners[1])) + "." + std::string(name));
  }
  return set_of(owners[0], name, value, over, of_patient);
}

Result<Word> make_condition(Role role, std::string_view name, bool present) {
  const auto id = find_signal(role, "alarm." + std::string(name));
  if (id) return Word(ConditionWord{*id, present});
  std::vector<std::string_view> names;
  for (const SignalInfo& s : catalogue()) {
    if (s.role == role && s.condition_priority) names.push_back(s.name.substr(6));
  }
  return failure("no condition " + in_quotes(name) + " of " + std::string(name_of(role)) +
                 "; there are: " + list_of(names));
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string list_of(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view n : names) {
    if (!out.empty()) out += ", ";
    out += n;
  }
  return out;
}

}  // namespace lamplight::sim
