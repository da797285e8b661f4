// The row of the registry for Nonin's serial formats.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::nonin {
sdk::Protocol protocol();
}  // namespace lamplight::nonin
