// The signal catalogue: the one table of names that drivers send, rules read, the record keeps
// and the care team receives. A SignalId is an index into it; ids are dense from 0, in table
// order, and are told to drivers by name in `welcome`, so they may change between versions.
// Conditions (`alarm.<condition>`), `silenced` and `on_mains` are signals like the others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rules/model/priority.h"
#include "rules/model/sample.h"

namespace lamplight {

enum class Role : uint8_t { oximeter, ventilator, pump, contact };
inline constexpr int kRoleCount = 4;

enum class SignalKind : uint8_t { numeric, enumeration, boolean, waveform };

struct SignalInfo {
  Role role;
  std::string_view name;  // without its role: "spo2", "alarm.probe_off"
  SignalKind kind;
  std::string_view unit;  // "percent", "none" …; empty for enumerations and booleans
  int decimals;           // the step is 10^-decimals of the unit
  std::span<const std::string_view> enumerators;  // of enumerations, numbered from 0
  std::optional<Priority> condition_priority;     // of alarm.*: the device's default rank
};

// The whole table; valid for the life of the program.
std::span<const SignalInfo> catalogue();

inline const SignalInfo& signal_info(SignalId id) { return catalogue()[id]; }

std::string_view name_of(Role role);
std::optional<Role> role_of(std::string_view word);

// "oximeter.spo2" → id; nothing if the catalogue has no such path.
std::optional<SignalId> find_signal(std::string_view path);
std::optional<SignalId> find_signal(Role role, std::string_view name);
// "oximeter.spo2"
std::string path_of(SignalId id);

}  // namespace lamplight
