// The black box of this driver's port, if the configuration wants one. It says of itself what it
// holds: port, driver, address, devices and options, as JSON, so that a recording can be decoded
// without the configuration it was made with.
#pragma once

#include <memory>

#include "drivers/sdk/configure.h"
#include "drivers/sdk/wire/black_box.h"

namespace lamplight::sdk {
// nullptr if none is wanted. An error is for the log: a driver works without.
[[nodiscard]] Result<std::unique_ptr<wire::BlackBox>> own_black_box(const Configure& configure);
}  // namespace lamplight::sdk
