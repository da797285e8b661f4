// The one place of the drivers that reads a clock. Decoders never do: they are given the time
// of the read.
#pragma once

#include "rules/model/time.h"

namespace lamplight::sdk {
// CLOCK_BOOTTIME: goes on during suspend, never jumps.
MonoTime mono_now();
}  // namespace lamplight::sdk
