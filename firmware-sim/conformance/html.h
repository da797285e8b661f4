// The report as one HTML page that needs nothing else: verdict, checklist of capabilities, every
// line, figures and curves. What a vendor hands to a hospital.
#pragma once

#include <string>

#include "firmware-sim/conformance/report.h"

namespace lamplight::conformance {
// `facts`: pairs shown at the head (driver, device, date, limits …).
std::string html(const Report& report,
                 const std::vector<std::pair<std::string, std::string>>& facts);
}  // namespace lamplight::conformance
