// The one place of this process that reads a clock. Everything else is given `now`.
#pragma once

#include "rules/model/time.h"

namespace lamplight::sounder {
MonoTime mono_now();
}  // namespace lamplight::sounder
