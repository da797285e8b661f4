// Truth of comparisons with windows and ages in them, by 4.3: the window's definition is asked
// again at every instant, and a change between two instants is found by halving.
#pragma once

#include "tests/oracle/timeline.h"
#include "tests/oracle/values.h"

namespace lamplight::oracle {

// Whether a window or an age occurs, directly or through a `let`.
bool looks_back(const World& world, const rules::ast::Condition& condition);
Timeline looking_back(const World& world, const rules::ast::Condition& condition, bool now_part);
// `share of time (signal is lost) over W >= P percent`
Timeline lost_share(const World& world, const rules::ast::Lost& lost);

}  // namespace lamplight::oracle
