#include "rules/replay/wall.h"

#include <algorithm>
#include <string>

#include "rules/model/rfc3339.h"

namespace lamplight::replay {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400;
// Zones change by whole quarters of an hour: a look at each finds every jump of civil time.
constexpr int64_t kQuarter = 900;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Result<int64_t> parse_wall(std::string_view text) {
  if (const auto instant = parse_rfc3339(text)) return *instant;
  return failure("`" + std::string(text) + "` is no time such as 2026-03-02T21:00:00+01:00");
}

engine::LocalTime utc_time(int64_t unix_seconds) {
  const int64_t day = floor_div(unix_seconds, kDay);
  // 1970-01-01 was a thursday (3 with monday = 0).
  const int64_t weekday = ((day + 3) % 7 + 7) % 7;
  return {.weekday = static_cast<int>(weekday),
          .second_of_day = static_cast<int>(unix_seconds - day * kDay)};
}

ProfileClock::ProfileClock(const engine::Program& program, CivilTime civil, int64_t start,
                           int64_t unix_ns)
    : program_(program), civil_(std::move(civil)), offset_ns_(unix_ns - start) {}

engine::ProfileSet ProfileClock::active_at(int64_t t) const {
  return engine::active_profiles(program_, civil_(floor_div(t + offset_ns_, kSecond)));
}

int64_t ProfileClock::next_switch(int64_t t, int64_t until) const {
  const engine::ProfileSet now = active_at(t);
  int64_t unix = floor_div(t + offset_ns_, kSecond);
  for (;;) {
    const int64_t ahead = engine::seconds_to_switch(program_, civil_(unix));
    const int64_t quarter = (floor_div(unix, kQuarter) + 1) * kQuarter;
    unix = std::min(unix + ahead, quarter);
    const int64_t candidate = unix * kSecond - offset_ns_;
    if (candidate >= until) return until;
    if (active_at(candidate) != now) return candidate;
  }
}

}  // namespace lamplight::replay
