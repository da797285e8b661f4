// The one clock of the engine's benchmark.
#pragma once

#include <cstdint>

namespace lamplight::bench {
int64_t now_ns();
}
