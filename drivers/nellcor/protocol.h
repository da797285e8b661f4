// The row of the registry for Nellcor's printout.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::nellcor {
sdk::Protocol protocol();
}  // namespace lamplight::nellcor
