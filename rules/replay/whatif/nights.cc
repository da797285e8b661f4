#include "rules/replay/whatif/nights.h"

#include <algorithm>

#include "rules/model/json_writer.h"
#include "rules/model/rfc3339.h"

namespace lamplight::replay {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400;
constexpr uint16_t kSleepFrom = 22 * 60;
constexpr uint16_t kSleepTo = 6 * 60;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void append_two(std::string& out, int64_t n) {
  if (n < 10) out += '0';
  out += std::to_string(n);
}

// The date of the evening before, or of this one.
std::string evening_of(const Calendar& calendar, int64_t unix_ns) {
  const int64_t unix = floor_div(unix_ns, kSecond);
  const bool is_morning = calendar.civil(unix).second_of_day < 12 * 3600;
  return date_of(calendar.local_day(unix) - (is_morning ? 1 : 0));
}

// A clock that is set in the night makes no second night of it.
void add_night(Night night, std::vector<Night>& nights) {
  const bool goes_on =
      !nights.empty() && nights.back().to == night.from && nights.back().evening == night.evening;
  if (goes_on) {
    nights.back().to = night.to;
  } else {
    nights.push_back(std::move(night));
  }
}

}  // namespace

std::string date_of(int64_t day) {
  const CivilDate date = civil_date(day);
  std::string out = std::to_string(date.year) + "-";
  append_two(out, date.month);
  out += '-';
  append_two(out, date.day);
  return out;
}

std::optional<int64_t> Calendar::unix_ns(int64_t t) const {
  const auto wall_minus_t = wall.at(t);
  if (!wall_minus_t) return std::nullopt;
  return t + *wall_minus_t;
}

int64_t Calendar::local_day(int64_t unix_seconds) const {
  const engine::LocalTime local = civil(unix_seconds);
  // Midnight stands on a multiple of a day, less the zone's offset of -12 to +14 hours; the day of
  // the week settles which.
  const int64_t day = floor_div(unix_seconds - local.second_of_day + kDay / 2, kDay);
  for (const int64_t candidate : {day, day + 1, day - 1}) {
    if (candidate + 3 - floor_div(candidate + 3, 7) * 7 == local.weekday) {
      return candidate;
    }
  }
  return day;
}

std::string Calendar::label(int64_t t) const {
  std::string out;
  const auto unix = unix_ns(t);
  if (!unix) {
    append_decimal(out, t / 100'000'000, 1);
    return out + " s";
  }
  const int64_t seconds = floor_div(*unix, kSecond);
  const int second_of_day = civil(seconds).second_of_day;
  out = date_of(local_day(seconds)) + " ";
  append_two(out, second_of_day / 3600);
  out += ':';
  append_two(out, second_of_day / 60 % 60);
  out += ':';
  append_two(out, second_of_day % 60);
  return out;
}

std::vector<Night> nights_of(const Calendar& calendar, int64_t start, int64_t end) {
  std::vector<Night> nights;
  // Sleep is a profile like any other: so changes of daylight saving time are looked up alike.
  engine::Program sleep;
  sleep.profiles.push_back({"sleep", kSleepFrom, kSleepTo, 0x7F});
  for (const WallOffsets::Span& span : calendar.wall.between(start, end)) {
    if (!span.wall_minus_t) continue;
    const ProfileClock clock(sleep, calendar.civil, span.from, span.from + *span.wall_minus_t);
    for (int64_t t = span.from; t < span.to;) {
      const int64_t next = clock.next_switch(t, span.to);
      if (clock.active_at(t) != 0) {
        add_night({t, next, evening_of(calendar, t + *span.wall_minus_t)}, nights);
      }
      t = next;
    }
  }
  return nights;
}

std::optional<size_t> night_at(const std::vector<Night>& nights, int64_t t) {
  const auto after = std::upper_bound(nights.begin(), nights.end(), t,
                                      [](int64_t when, const Night& n) { return when < n.from; });
  if (after == nights.begin() || std::prev(after)->to <= t) return std::nullopt;
  return static_cast<size_t>(after - nights.begin() - 1);
}

}  // namespace lamplight::replay
