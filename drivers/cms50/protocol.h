// The row of the registry for Contec's CMS50 family.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::cms50 {
sdk::Protocol protocol();
}  // namespace lamplight::cms50
