// Labels of moments for people: RFC 3339 in UTC, and what a wall clock said and was worth at a
// monotonic instant. Nothing here decides anything but a command's expiry, and that only while the
// clock is synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight::core {

// 2026-03-02T02:14:08.125Z; milliseconds, cut.
std::string rfc3339(int64_t unix_ns);

// "2026-03-02T02:14:08Z", with a fraction, with an offset "+01:00". Years 1970 to 2200; nothing
// else is a date to us.
std::optional<int64_t> parse_rfc3339(std::string_view text);

// The wall clock as last told, carried forward by the monotonic clock.
struct WallBase {
  MonoTime mono;
  WallTime wall;
  WallTime at(MonoTime t) const { return {wall.unix_ns + (t - mono).ns, wall.clock}; }
};

}  // namespace lamplight::core
