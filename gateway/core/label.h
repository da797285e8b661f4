// Labels of moments for people: RFC 3339 in UTC, and what a wall clock said and was worth at a
// monotonic instant. Nothing here decides anything but a command's expiry, and that only while the
// clock is synchronised.
#pragma once

#include <cstdint>
#include <string>

#include "rules/model/rfc3339.h"
#include "rules/model/time.h"

namespace lamplight::core {

// 2026-03-02T02:14:08.125Z; milliseconds, cut.
inline std::string rfc3339(int64_t unix_ns) { return format_rfc3339(unix_ns, 3); }

// The wall clock as last told, carried forward by the monotonic clock.
struct WallBase {
  MonoTime mono;
  WallTime wall;
  WallTime at(MonoTime t) const { return {wall.unix_ns + (t - mono).ns, wall.clock}; }
};

}  // namespace lamplight::core
