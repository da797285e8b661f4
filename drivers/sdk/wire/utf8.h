// The wire takes valid UTF-8 without NUL only; what that is, the model says.
#pragma once

#include "rules/model/text.h"

namespace lamplight::wire {
using lamplight::is_utf8_text;
}  // namespace lamplight::wire
