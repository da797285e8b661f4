// The row of the registry for Draeger Medibus.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::medibus {
sdk::Protocol protocol();
}  // namespace lamplight::medibus
