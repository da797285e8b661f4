// Time as the house knows it. MonoTime (CLOCK_BOOTTIME, ns) is the only time that decides
// anything; WallTime is a label for people. Durations are int64 ns: ±292 years.
// Nothing here reads a clock; code is given `now`.
#pragma once

#include <compare>
#include <cstdint>

namespace lamplight {

struct Duration {
  int64_t ns = 0;
  auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return {ns + o.ns}; }
  constexpr Duration operator-(Duration o) const { return {ns - o.ns}; }
  constexpr Duration operator*(int64_t k) const { return {ns * k}; }
  constexpr int64_t ms() const { return ns / 1'000'000; }
};
constexpr Duration nanoseconds(int64_t n) { return {n}; }
constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }
constexpr Duration minutes(int64_t n) { return seconds(n * 60); }
constexpr Duration hours(int64_t n) { return seconds(n * 3600); }

struct MonoTime {
  int64_t ns = 0;
  auto operator<=>(const MonoTime&) const = default;
  constexpr MonoTime operator+(Duration d) const { return {ns + d.ns}; }
  constexpr MonoTime operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(MonoTime o) const { return {ns - o.ns}; }
};
// Later than every deadline that can be armed.
inline constexpr MonoTime kNever{INT64_MAX};

// Nanoseconds since 1970-01-01 UTC, and what the clock behind it was worth.
enum class ClockState : uint8_t { unsynchronised, synchronised, stepped };
struct WallTime {
  int64_t unix_ns = 0;
  ClockState clock = ClockState::unsynchronised;
  bool operator==(const WallTime&) const = default;
};

constexpr const char* name_of(ClockState c) {
  switch (c) {
    case ClockState::unsynchronised:
      return "unsynchronised";
    case ClockState::synchronised:
      return "synchronised";
    case ClockState::stepped:
      return "stepped";
  }
  return "unsynchronised";
}

}  // namespace lamplight
