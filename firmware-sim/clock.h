// The only place of the simulator that reads a clock. Everything else is given `now`, so that
// devices and patient run in tests without waiting.
#pragma once

#include <cstdint>

#include "rules/model/time.h"

namespace lamplight::sim {

// CLOCK_BOOTTIME: what the truth log, the frames' deadlines and the gateway measure with.
MonoTime now();
// Seconds since 1970 UTC: only where the devices' own clocks begin.
int64_t wall_seconds();

}  // namespace lamplight::sim
