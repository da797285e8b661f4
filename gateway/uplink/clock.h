// The one place of this process that reads a clock. Everything else is given `now`.
#pragma once

#include "rules/model/time.h"

namespace lamplight::uplink {
MonoTime now();
}  // namespace lamplight::uplink
