// Quality and reason of a reading: one enum, everywhere (wire, store, CSV, MQTT, screens).
// Numbers and words are those of the signal catalogue, section 3, and are never renumbered.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight {

enum class Quality : uint8_t { ok = 0, low = 1, missing = 2 };

enum class Reason : uint8_t {
  none = 0,  // ok or low
  never = 1,
  stale = 2,
  probe_off = 3,
  searching = 4,
  artefact = 5,
  out_of_range = 6,
  device_fault = 7,
  link_lost = 8,
  self_test = 9,
  not_watching = 10,
};
inline constexpr int kReasonCount = 11;

inline constexpr std::array<std::string_view, kReasonCount> kReasonNames = {
    "none",         "never",        "stale",     "probe_off", "searching",   "artefact",
    "out_of_range", "device_fault", "link_lost", "self_test", "not_watching"};

constexpr std::string_view name_of(Reason r) { return kReasonNames[static_cast<size_t>(r)]; }

constexpr std::string_view name_of(Quality q) {
  switch (q) {
    case Quality::ok:
      return "ok";
    case Quality::low:
      return "low";
    case Quality::missing:
      return "missing";
  }
  return "missing";
}

// The seven reasons that CSV and .test files may feed in (probe_off … self_test).
constexpr std::optional<Reason> feedable_reason(std::string_view word) {
  for (int i = 3; i <= 9; ++i) {
    if (kReasonNames[static_cast<size_t>(i)] == word) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

// A set of reasons: bit n = Reason n. Reasons travel OR-ed along unknown operands.
struct ReasonSet {
  uint16_t bits = 0;
  constexpr void add(Reason r) { bits = static_cast<uint16_t>(bits | (1U << static_cast<int>(r))); }
  constexpr void add(ReasonSet o) { bits = static_cast<uint16_t>(bits | o.bits); }
  constexpr bool has(Reason r) const { return ((bits >> static_cast<int>(r)) & 1U) != 0; }
  constexpr bool empty() const { return bits == 0; }
  bool operator==(const ReasonSet&) const = default;
};

}  // namespace lamplight
