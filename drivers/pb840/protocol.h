// The row of the registry for the reports of Puritan Bennett 840/980 and Philips V200.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::pb840 {
sdk::Protocol protocol();
}  // namespace lamplight::pb840
