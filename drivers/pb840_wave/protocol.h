// The row of the registry for the waveform port of Puritan Bennett 840 and 980.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::pb840_wave {
sdk::Protocol protocol();
}  // namespace lamplight::pb840_wave
