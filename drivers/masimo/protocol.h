// The row of the registry for Masimo ASCII-1.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::masimo {
sdk::Protocol protocol();
}  // namespace lamplight::masimo
