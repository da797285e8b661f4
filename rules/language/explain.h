// `explain`: what the program does, in sentences for parents and nurses, from the same tree and
// values that the program was made of.
#pragma once

#include <string>

#include "rules/language/compile.h"
#include "rules/language/phrases.h"

namespace lamplight::rules {

// One paragraph an alarm, then what the plan took away. {child} is the plan's name: for the home.
std::string explain(const Compiled& compiled, Language language = Language::english);

}  // namespace lamplight::rules
