// Which signals a condition names, `let`s followed to their bodies, by walking the syntax tree.
#pragma once

#include <set>
#include <string>

#include "tests/oracle/values.h"

namespace lamplight::oracle {

void signals_in(const World& world, const rules::ast::Condition& condition,
                std::set<std::string>& out);

}  // namespace lamplight::oracle
