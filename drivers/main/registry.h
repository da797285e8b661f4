// Which protocols this program speaks. One row a protocol; nothing else knows them by name.
#pragma once

#include <vector>

#include "drivers/sdk/protocol.h"

namespace lamplight::driver {
std::vector<sdk::Protocol> registry();
// The same for `decode`, and what only it knows: formats for which no driver is offered.
std::vector<sdk::Protocol> decode_registry();
}  // namespace lamplight::driver
