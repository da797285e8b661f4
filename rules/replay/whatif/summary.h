// One program's figures over a recording, and what data they rest on.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "rules/replay/whatif/episodes.h"
#include "rules/replay/whatif/nights.h"

namespace lamplight::replay {

inline constexpr size_t kPriorities = 4;

struct Summary {
  uint64_t alarms = 0;
  std::array<uint64_t, kPriorities> by_priority{};  // by the highest each reached
  uint64_t alarms_at_night = 0;                     // raised 22:00 to 06:00
  std::array<uint64_t, kPriorities> at_night_by_priority{};
  int64_t in_alarm_ns = 0;  // summed over alarms
  int64_t unconfirmed_ns = 0;
  int64_t inhibited_ns = 0;
  uint64_t nights_with_high = 0;
  uint64_t nights_woken = 0;
  uint64_t times_woken = 0;  // an alarm begins to sound while the household sleeps
};
Summary summarise(const std::vector<Episode>& episodes, const std::vector<Night>& nights);

// How much of the time a signal was known.
struct Watched {
  std::string signal;
  int64_t known_ns = 0;
};
std::vector<Watched> watched(const engine::Program& program, const Recording& recording);

// Hours of sleep recorded, in eights: what "a night" means in the figures.
double night_count(const std::vector<Night>& nights);

}  // namespace lamplight::replay
