// How finely a limit is counted and printed. The rules decide it: a plan within the spare digit
// changes no scale, so its conditions stay the same operations, and a reload keeps their run
// clocks.
#pragma once

#include "rules/language/ast.h"
#include "rules/language/number.h"
#include "rules/language/settings.h"
#include "rules/language/unit.h"

namespace lamplight::rules {

struct LimitScale {
  int decimals = 0;  // digits after the point that print every value
  Ratio step{1, 1};  // one unit of its values, in the limit's unit; durations: a nanosecond
};
LimitScale limit_scale(const ast::Limit& limit, const LimitValues& values);

// The limit's unit; a pure number has none.
Unit unit_of(const ast::Limit& limit);

}  // namespace lamplight::rules
