#include "gateway/core/label.h"

#include <array>
#include <cstdio>

namespace lamplight::core {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

struct Date {
  int64_t year;
  int month;
  int day;
};

// Proleptic Gregorian, days since 1970-01-01 (H. Hinnant, chrono-compatible date algorithms).
int64_t days_from(Date d) {
  const int64_t y = d.month <= 2 ? d.year - 1 : d.year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

Date date_of(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t mp = (5 * of_year + 2) / 153;
  const int day = static_cast<int>(of_year - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Digits of a fixed width, and nothing else.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  int digits(size_t width) {
    int value = 0;
    for (size_t i = 0; i < width; ++i) {
      if (text_.empty() || text_[0] < '0' || text_[0] > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  bool take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_[0]) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(std::string_view any_of) { ok_ = take(any_of) && ok_; }
  // ".25" in ns; digits beyond the ninth are dropped.
  int64_t fraction() {
    int64_t ns = 0;
    int64_t weight = kNsPerSecond / 10;
    const size_t before = text_.size();
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      ns += weight * (text_[0] - '0');
      weight /= 10;
      text_.remove_prefix(1);
    }
    if (text_.size() == before) ok_ = false;
    return ns;
  }
  bool negative() const { return !text_.empty() && text_[0] == '-'; }
  bool done() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

bool is_date(Date d) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (d.year < 1970 || d.year > 2200 || d.month < 1 || d.month > 12) return false;
  const bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
  const int last = kDays[static_cast<size_t>(d.month - 1)] + (d.month == 2 && leap ? 1 : 0);
  return d.day >= 1 && d.day <= last;
}

}  // namespace

std::string rfc3339(int64_t unix_ns) {
  const int64_t whole = floor_div(unix_ns, kNsPerSecond);
  const auto ms = static_cast<int>((unix_ns - whole * kNsPerSecond) / 1'000'000);
  const int64_t days = floor_div(whole, kSecondsPerDay);
  const auto of_day = static_cast<int>(whole - days * kSecondsPerDay);
  const Date date = date_of(days);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ",
                static_cast<long long>(date.year), date.month, date.day, of_day / 3600,
                of_day / 60 % 60, of_day % 60, ms);
  return text.data();
}

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  Scanner s(text);
  Date date{};
  date.year = s.digits(4);
  s.need("-");
  date.month = s.digits(2);
  s.need("-");
  date.day = s.digits(2);
  s.need("Tt ");
  const int hour = s.digits(2);
  s.need(":");
  const int minute = s.digits(2);
  s.need(":");
  const int second = s.digits(2);
  const int64_t fraction = s.take(".") ? s.fraction() : 0;
  int64_t offset = 0;
  if (!s.take("Zz")) {
    const bool west = s.negative();
    s.need("+-");
    const int hours = s.digits(2);
    s.need(":");
    const int minutes = s.digits(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = (west ? -1 : 1) * (hours * 3600LL + minutes * 60LL);
  }
  // 60 is a leap second: the same instant as the next second's 00 to us.
  if (!s.done() || !is_date(date) || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const int64_t seconds =
      days_from(date) * kSecondsPerDay + hour * 3600LL + minute * 60LL + second - offset;
  return seconds * kNsPerSecond + fraction;
}

}  // namespace lamplight::core
