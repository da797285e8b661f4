// Inhibitions over a whole recording (language, 4.7), after the alarms' lives are known: which
// lease is active when, which alarm it holds back, and the events that say so. A lease touches what
// is heard and never what is decided, so it can come last.
#pragma once

#include <vector>

#include "rules/replay/conditions.h"
#include "rules/replay/life.h"

namespace lamplight::replay {

// Adds `inhibited` and `uninhibited` to the lives and marks what was raised under a lease. `lives`
// by the program's alarms; what is not asked for is empty. Events come back in the engine's order.
std::vector<Happening> with_leases(const engine::Program& program, const Recording& recording,
                                   Conditions& conditions, std::vector<Life>& lives);

}  // namespace lamplight::replay
