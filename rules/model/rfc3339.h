// Instants of the wall as text, RFC 3339, and civil dates: the one reader and the one writer. Pure.
// What is no instant beyond doubt is none: a record, a nurse's command and a replay must not each
// believe something else of the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lamplight {

// "2026-03-02T02:14:08.5+01:00" → ns since 1970-01-01 UTC. An offset or Z is required (at most
// 23:59), a fraction has 1 to 9 digits, T and Z may be small and T a blank, as the RFC allows.
// Years 1678 to 2261, all that int64 holds whole. 24:00 is none. A leap second is the instant of
// the next 00.
std::optional<int64_t> parse_rfc3339(std::string_view text);

// "2026-03-02T02:14:08.125Z": always UTC, always `digits` (1 to 9) of a second, cut. Such labels
// sort as text.
std::string format_rfc3339(int64_t unix_ns, int digits);

// Proleptic Gregorian.
struct CivilDate {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
};
int64_t days_of(CivilDate date);  // since 1970-01-01
CivilDate civil_date(int64_t days);

}  // namespace lamplight
