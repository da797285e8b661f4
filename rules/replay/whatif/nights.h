// When the household sleeps: 22:00 to 06:00 of local civil time, and what the night is called: the
// date of its evening. Where the wall clock was not set there are no nights, and nothing is said
// about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/replay/wall.h"
#include "rules/replay/wall_offsets.h"

namespace lamplight::replay {

struct Night {
  int64_t from = 0;  // the part of it that was recorded
  int64_t to = 0;
  std::string evening;  // "2026-03-02"
};

// Engine time to wall time and local civil time, for one recording.
struct Calendar {
  WallOffsets wall;
  CivilTime civil = utc_time;

  std::optional<int64_t> unix_ns(int64_t t) const;
  // Days since 1970-01-01 of the local civil date.
  int64_t local_day(int64_t unix_seconds) const;
  // "2026-03-02 23:14:05" local; without a clock "12345.2 s".
  std::string label(int64_t t) const;
};

std::string date_of(int64_t day);  // of days since 1970-01-01

std::vector<Night> nights_of(const Calendar& calendar, int64_t start, int64_t end);
// The night t lies in; none: the household is up.
std::optional<size_t> night_at(const std::vector<Night>& nights, int64_t t);

}  // namespace lamplight::replay
