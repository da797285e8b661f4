#include "rules/model/rfc3339.h"

#include <array>
#include <cstdio>

namespace lamplight {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int kDigitsMax = 9;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Takes a text from the front; what does not fit makes all of it wrong.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int number(size_t width, int low, int high) {
    int value = 0;
    for (size_t i = 0; i < width; ++i) value = value * 10 + digit();
    if (value < low || value > high) is_good_ = false;
    return value;
  }
  void mark(std::string_view any_of) {
    if (!take(any_of)) is_good_ = false;
  }
  // [ . digits ], in ns
  int64_t fraction() {
    if (!take(".")) return 0;
    int64_t ns = 0;
    int digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && digits < kDigitsMax; ++digits) {
      ns = ns * 10 + digit();
    }
    if (digits == 0) is_good_ = false;
    for (; digits < kDigitsMax; ++digits) ns *= 10;
    return ns;
  }
  // Z, or an offset: seconds east.
  int64_t zone() {
    if (take("Zz")) return 0;
    const bool is_west = rest_.starts_with('-');
    mark("+-");
    const int hour = number(2, 0, 23);
    mark(":");
    const int minute = number(2, 0, 59);
    return (hour * 60 + minute) * (is_west ? -60 : 60);
  }
  bool is_done() const { return is_good_ && rest_.empty(); }

 private:
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  int digit() {
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
      is_good_ = false;
      return 0;
    }
    const int value = rest_[0] - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace

// Years begin in March, so that the leap day is last (H. Hinnant, "chrono-compatible low-level date
// algorithms").
int64_t days_of(CivilDate d) {
  const int64_t y = d.month <= 2 ? d.year - 1 : d.year;
  const int64_t era = floor_div(y, 400);
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

CivilDate civil_date(int64_t days) {
  days += 719'468;
  const int64_t era = floor_div(days, 146'097);
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  CivilDate d;
  d.day = static_cast<int>(of_year - (153 * month + 2) / 5 + 1);
  d.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  d.year = year + era * 400 + (d.month <= 2 ? 1 : 0);
  return d;
}

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  Scanner s(text);
  CivilDate date;
  date.year = s.number(4, 1678, 2261);
  s.mark("-");
  date.month = s.number(2, 1, 12);
  s.mark("-");
  date.day = s.number(2, 1, 31);
  s.mark("Tt ");
  const int64_t hour = s.number(2, 0, 23);
  s.mark(":");
  const int64_t minute = s.number(2, 0, 59);
  s.mark(":");
  const int64_t second = s.number(2, 0, 60);
  const int64_t ns = s.fraction();
  const int64_t east = s.zone();
  if (!s.is_done()) return std::nullopt;
  const int64_t days = days_of(date);
  if (civil_date(days).day != date.day) return std::nullopt;  // 30 February
  return (days * kSecondsPerDay + hour * 3600 + minute * 60 + second - east) * kNsPerSecond + ns;
}

std::string format_rfc3339(int64_t unix_ns, int digits) {
  const int64_t whole = floor_div(unix_ns, kNsPerSecond);
  const int64_t days = floor_div(whole, kSecondsPerDay);
  const auto of_day = static_cast<int>(whole - days * kSecondsPerDay);
  const CivilDate d = civil_date(days);
  int64_t fraction = unix_ns - whole * kNsPerSecond;
  for (int i = digits; i < kDigitsMax; ++i) fraction /= 10;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04lld-%02d-%02dT%02d:%02d:%02d.%0*lldZ",
                static_cast<long long>(d.year), d.month, d.day, of_day / 3600, of_day / 60 % 60,
                of_day % 60, digits, static_cast<long long>(fraction));
  return text.data();
}

}  // namespace lamplight
