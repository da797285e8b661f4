// A curve as inline SVG: what the device showed as a step line, what the driver said as dots, and
// where it said that there is no reading.
#pragma once

#include <string>

#include "firmware-sim/conformance/report.h"

namespace lamplight::conformance {
std::string plot(const Curve& curve);
}  // namespace lamplight::conformance
