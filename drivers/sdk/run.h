// A driver's `run`: the connection on fd 3, configure, hello, welcome, then the loop that fits
// the protocol, until the core is gone. And its `check`: all of that up to the port.
#pragma once

#include <span>
#include <string_view>

#include "drivers/sdk/protocol.h"

namespace lamplight::sdk {

inline constexpr int kCoreFd = 3;

// `named` is the protocol of the command line, or empty. Returns the process's exit code: 0 when
// the core went away, 1 when it refused us or the configuration cannot work, 2 without a core.
int run_driver(std::span<const Protocol> protocols, std::string_view named);

// Could a driver work with this `configure`? No port is opened, no device is asked. The error is
// all that `run` would give up with.
[[nodiscard]] Status check_configure(std::span<const Protocol> protocols, std::string_view named,
                                     std::string_view configure_json);

}  // namespace lamplight::sdk
