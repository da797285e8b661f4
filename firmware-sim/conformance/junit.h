// The report as JUnit XML, for a vendor's build server: a test suite for each check.
#pragma once

#include <string>

#include "firmware-sim/conformance/report.h"

namespace lamplight::conformance {
std::string junit(const Report& report);
}  // namespace lamplight::conformance
