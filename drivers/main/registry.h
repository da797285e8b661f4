// Which protocols this program speaks. One row a protocol; nothing else knows them by name.
#pragma once

#include <vector>

#include "drivers/sdk/protocol.h"

namespace lamplight::driver {
std::vector<sdk::Protocol> registry();
}  // namespace lamplight::driver
