#include "gateway/store/label.h"

#include <array>
#include <cstdio>

namespace lamplight::store {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

struct Date {
  int64_t year = 1970;
  int month = 1, day = 1;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar, and back; years start in March so
// that the leap day is last (H. Hinnant, "chrono-compatible low-level date algorithms").
int64_t days_of(Date d) {
  const int64_t y = d.month <= 2 ? d.year - 1 : d.year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t month = d.month + (d.month > 2 ? -3 : 9);
  const int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Date date_of(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  Date d;
  d.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  d.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  d.year = year_of_era + era * 400 + (d.month <= 2 ? 1 : 0);
  return d;
}

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

// Takes digits and single characters from the front of a text; `ok` turns false at a mismatch.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int64_t number(size_t digits) {
    if (rest.size() < digits) ok = false;
    if (!ok) return 0;
    int64_t value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest[i] < '0' || rest[i] > '9') {
        ok = false;
        return 0;
      }
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(digits);
    return value;
  }
  bool take(std::string_view any_of) {
    if (!ok || rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) { ok = take(any_of); }
};

int64_t fraction_ns(Scanner& in) {
  if (!in.take(".")) return 0;
  int64_t ns = 0;
  int digits = 0;
  for (; digits < 9 && !in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9'; ++digits) {
    ns = ns * 10 + in.number(1);
  }
  if (digits == 0) in.ok = false;
  for (int i = digits; i < 9; ++i) ns *= 10;
  return ns;
}

}  // namespace

std::string label_of(WallTime at) {
  const int64_t whole = floor_div(at.unix_ns, kNsPerSecond);
  const int64_t days = floor_div(whole, 86400);
  const int64_t second_of_day = whole - days * 86400;
  const Date d = date_of(days);
  std::array<char, 64> text = {};
  std::snprintf(
      text.data(), text.size(), "%04lld-%02d-%02dT%02lld:%02lld:%02lld.%09lldZ",
      static_cast<long long>(d.year), d.month, d.day, static_cast<long long>(second_of_day / 3600),
      static_cast<long long>(second_of_day / 60 % 60), static_cast<long long>(second_of_day % 60),
      static_cast<long long>(at.unix_ns - whole * kNsPerSecond));
  return text.data();
}

std::optional<int64_t> unix_ns_of(std::string_view text) {
  Scanner in{text};
  Date d;
  d.year = in.number(4);
  in.expect("-");
  d.month = static_cast<int>(in.number(2));
  in.expect("-");
  d.day = static_cast<int>(in.number(2));
  in.expect("Tt ");
  const int64_t hour = in.number(2);
  in.expect(":");
  const int64_t minute = in.number(2);
  in.expect(":");
  const int64_t second = in.number(2);
  const int64_t ns = fraction_ns(in);
  int64_t offset_s = 0;
  if (!in.take("Zz")) {
    const bool west = !in.rest.empty() && in.rest.front() == '-';
    in.expect("+-");
    offset_s = in.number(2) * 3600;
    in.expect(":");
    offset_s += in.number(2) * 60;
    if (west) offset_s = -offset_s;
  }
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  if (d.month < 1 || d.month > 12 || d.day < 1 || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const Date same = date_of(days_of(d));
  if (same.day != d.day || same.month != d.month) return std::nullopt;  // 30 February
  // Beyond these years an int64 of nanoseconds overflows.
  if (d.year < 1678 || d.year > 2261) return std::nullopt;
  const int64_t clock_s = hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
  return (days_of(d) * 86400 + clock_s - offset_s) * kNsPerSecond + ns;
}

ClockState clock_of(std::string_view word) {
  for (const auto state : {ClockState::synchronised, ClockState::stepped}) {
    if (word == name_of(state)) return state;
  }
  return ClockState::unsynchronised;
}

}  // namespace lamplight::store
