// Priority is a pure function of severity and onset: table 1 of IEC 60601-1-8 as the alarm
// design gives it. There is no other way to set it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight {

enum class Severity : uint8_t { irreversible, reversible, minor };
enum class Onset : uint8_t { immediate, prompt, delayed };
enum class Priority : uint8_t { info = 0, low = 1, medium = 2, high = 3 };  // rises with urgency

struct Rank {
  Severity severity = Severity::minor;
  Onset onset = Onset::delayed;
  bool operator==(const Rank&) const = default;
};

constexpr Priority priority(Rank r) {
  const int step = static_cast<int>(r.severity) + static_cast<int>(r.onset);
  // irreversible: high high medium; reversible: high medium low; minor: medium low info.
  switch (r.severity) {
    case Severity::irreversible:
      return step <= 1 ? Priority::high : Priority::medium;
    case Severity::reversible:
      return step == 1 ? Priority::high : (step == 2 ? Priority::medium : Priority::low);
    case Severity::minor:
      return step == 2 ? Priority::medium : (step == 3 ? Priority::low : Priority::info);
  }
  return Priority::high;
}

constexpr std::string_view name_of(Priority p) {
  switch (p) {
    case Priority::info:
      return "info";
    case Priority::low:
      return "low";
    case Priority::medium:
      return "medium";
    case Priority::high:
      return "high";
  }
  return "high";
}
constexpr std::optional<Priority> priority_of(std::string_view word) {
  for (const Priority p : {Priority::info, Priority::low, Priority::medium, Priority::high}) {
    if (word == name_of(p)) return p;
  }
  return std::nullopt;
}
constexpr std::string_view name_of(Severity s) {
  switch (s) {
    case Severity::irreversible:
      return "irreversible";
    case Severity::reversible:
      return "reversible";
    case Severity::minor:
      return "minor";
  }
  return "irreversible";
}
constexpr std::string_view name_of(Onset o) {
  switch (o) {
    case Onset::immediate:
      return "immediate";
    case Onset::prompt:
      return "prompt";
    case Onset::delayed:
      return "delayed";
  }
  return "immediate";
}

}  // namespace lamplight
