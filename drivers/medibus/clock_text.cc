#include "drivers/medibus/clock_text.h"

#include <array>

namespace lamplight::medibus {
namespace {

struct Month {
  std::string_view name;
  int number;
};
constexpr auto kMonths = std::to_array<Month>({{"JAN", 1},
                                               {"FEB", 2},
                                               {"MAR", 3},
                                               {"MRZ", 3},
                                               {"APR", 4},
                                               {"MAY", 5},
                                               {"MAI", 5},
                                               {"JUN", 6},
                                               {"JUL", 7},
                                               {"AUG", 8},
                                               {"SEP", 9},
                                               {"OCT", 10},
                                               {"OKT", 10},
                                               {"NOV", 11},
                                               {"DEC", 12},
                                               {"DEZ", 12}});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

// One or two digits up to `max`; `needed` of them at least.
bool take_number(std::string_view& rest, size_t needed, int max, int& into) {
  size_t digits = 0;
  into = 0;
  while (digits < 2 && digits < rest.size() && is_digit(rest[digits])) {
    into = into * 10 + rest[digits++] - '0';
  }
  rest.remove_prefix(digits);
  return digits >= needed && into <= max;
}

bool take_month(std::string_view& rest, int& into) {
  for (const Month& month : kMonths) {
    if (!rest.starts_with(month.name)) continue;
    into = month.number;
    rest.remove_prefix(month.name.size());
    return true;
  }
  return false;
}

}  // namespace

std::optional<ClockText> parse_clock(std::string_view rest) {
  ClockText clock;
  while (take(rest, ' ')) {
  }
  if (!take_number(rest, 1, 23, clock.hour) || !take(rest, ':')) return std::nullopt;
  if (!take_number(rest, 2, 59, clock.minute)) return std::nullopt;
  if (take(rest, ':') && !take_number(rest, 2, 59, clock.second)) return std::nullopt;
  while (take(rest, ' ')) {
  }
  if (!take_number(rest, 1, 31, clock.day) || clock.day == 0) return std::nullopt;
  if (!take(rest, '-') || !take_month(rest, clock.month)) return std::nullopt;
  if (!take(rest, '-') || !take_number(rest, 2, 99, clock.year)) return std::nullopt;
  while (take(rest, ' ')) {
  }
  return rest.empty() ? std::optional(clock) : std::nullopt;
}

}  // namespace lamplight::medibus
