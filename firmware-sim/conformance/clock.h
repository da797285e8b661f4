// The kit's one clock: CLOCK_BOOTTIME, the same that drivers stamp their readings with.
#pragma once

#include "rules/model/time.h"

namespace lamplight::conformance {
MonoTime mono_now();
}  // namespace lamplight::conformance
