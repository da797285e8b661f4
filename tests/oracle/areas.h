// Truth of `shortfall` and `excess` over all time, in exact fractions, by their lines of 4.3.
#pragma once

#include "tests/oracle/timeline.h"
#include "tests/oracle/values.h"

namespace lamplight::oracle {

Timeline area_truth(const World& world, const rules::ast::Condition& condition);

}  // namespace lamplight::oracle
