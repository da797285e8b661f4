// The check command: what `lamplightd --check` asks of a driver.
#pragma once

#include <span>
#include <string_view>

#include "drivers/sdk/protocol.h"

namespace lamplight::driver {

// Reads a `configure` from standard input. The exit code: 0 if a driver could work with it; 1 if
// not, and standard output says why, for that is the answer; 2 for more than any configuration is.
int check(std::string_view protocol, std::span<const sdk::Protocol> protocols);

}  // namespace lamplight::driver
