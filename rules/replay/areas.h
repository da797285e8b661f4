// `shortfall` and `excess` of one signal over its column (language, 4.3): the area is a broken
// line, and the instant at which it reaches its budget is solved. While the area is 0, blocks in
// which it cannot grow are skipped.
#pragma once

#include "rules/replay/scan.h"

namespace lamplight::replay {

struct Area {
  int64_t coefficient = 0;  // depth = coefficient·value + bound
  Steps bound;
  Steps budget;  // in depth·ns
  Steps forget;  // after depth <= 0 has held so long
};
Timeline area_reached(const Reading& reading, const Area& area, int64_t start, int64_t end);

}  // namespace lamplight::replay
