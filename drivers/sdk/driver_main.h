// The whole main() of a driver of your own: `describe`, `run` and `decode` over its protocols, with
// --help. What lamplightd, `lamplight decode` and the conformance kit start is exactly this. It is
// made in drivers/main, with the decode command that lamplight-driver has, and linked from there.
#pragma once

#include <span>

#include "drivers/sdk/protocol.h"

namespace lamplight::sdk {

// Exit codes: 0 done; 1 the core refused us or the configuration cannot work; 2 usage, or `run`
// without a core.
int driver_main(int argc, char** argv, std::span<const Protocol> protocols);

}  // namespace lamplight::sdk
