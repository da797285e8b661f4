// The row of the registry for Modbus.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::modbus {
sdk::Protocol protocol();
}  // namespace lamplight::modbus
