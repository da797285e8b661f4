// Civil dates by Howard Hinnant's days_from_civil (public domain).
#include "rules/replay/wall.h"

#include <algorithm>
#include <string>

namespace lamplight::replay {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400;
// Zones change by whole quarters of an hour: a look at each finds every jump of civil time.
constexpr int64_t kQuarter = 900;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2 ? 1 : 0;
  const int64_t era = floor_div(y, 400);
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + doe - 719'468;
}

bool is_leap(int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }

int64_t days_in_month(int64_t y, int64_t m) {
  if (m == 2) return is_leap(y) ? 29 : 28;
  return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

// Takes characters off the front of a text; every method says whether it could.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool number(size_t digits, int64_t low, int64_t high, int64_t& out) {
    if (text_.size() < digits) return false;
    out = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      out = out * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return out >= low && out <= high;
  }
  bool one_of(std::string_view allowed, char& out) {
    if (text_.empty() || allowed.find(text_.front()) == std::string_view::npos) return false;
    out = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  bool literal(std::string_view allowed) {
    char ignored = 0;
    return one_of(allowed, ignored);
  }
  // [ . digits ] as nanoseconds
  bool fraction(int64_t& ns) {
    ns = 0;
    if (!literal(".")) return true;
    int64_t unit = kSecond / 10;
    size_t digits = 0;
    int64_t digit = 0;
    while (number(1, 0, 9, digit)) {
      ns += digit * unit;
      unit /= 10;
      ++digits;
    }
    return digits > 0 && digits <= 9;
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

bool scan_zone(Scanner& s, int64_t& offset_seconds) {
  char sign = 0;
  offset_seconds = 0;
  if (!s.one_of("Zz+-", sign)) return false;
  if (sign == 'Z' || sign == 'z') return true;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!s.number(2, 0, 23, hours) || !s.literal(":") || !s.number(2, 0, 59, minutes)) return false;
  offset_seconds = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
  return true;
}

}  // namespace

Result<int64_t> parse_rfc3339(std::string_view text) {
  Scanner s(text);
  int64_t y = 0;
  int64_t mo = 0;
  int64_t d = 0;
  int64_t h = 0;
  int64_t mi = 0;
  int64_t sec = 0;
  int64_t ns = 0;
  int64_t zone = 0;
  const bool date = s.number(4, 1678, 2261, y) && s.literal("-") && s.number(2, 1, 12, mo) &&
                    s.literal("-") && s.number(2, 1, 31, d) && d <= days_in_month(y, mo);
  const bool time = date && s.literal("Tt ") && s.number(2, 0, 23, h) && s.literal(":") &&
                    s.number(2, 0, 59, mi) && s.literal(":") && s.number(2, 0, 60, sec) &&
                    s.fraction(ns) && scan_zone(s, zone) && s.done();
  if (!time) {
    return failure("`" + std::string(text) + "` is no time such as 2026-03-02T21:00:00+01:00");
  }
  const int64_t seconds = days_from_civil(y, mo, d) * kDay + h * 3600 + mi * 60 + sec - zone;
  return seconds * kSecond + ns;
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
