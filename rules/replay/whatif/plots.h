// The drawings of the page, each one SVG element as text; empty when there is nothing to draw.
#pragma once

#include <string>

#include "rules/replay/whatif/report.h"

namespace lamplight::replay {

// The signal whose alarms change most over the whole time, its limit under both rule sets, and
// under it both sets' alarms.
std::string trend_plot(const Report& report);
// One line a night: both sets' alarms, 18:00 to 10:00 around it.
std::string nights_plot(const Report& report);
// The minutes around one alarm that vanishes or appears.
std::string episode_plot(const Report& report, const Vanished& vanished);
// Alarms a night, or seconds unannounced, by the values of a sweep.
enum class Heat : uint8_t { alarms, unannounced };
std::string heat_map(const Report& report, Heat what);

}  // namespace lamplight::replay
