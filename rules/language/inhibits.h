// The order of inhibitions: one that inhibits an alarm comes before those that read that alarm.
#pragma once

#include <optional>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/scope.h"

namespace lamplight::rules {

// Indices into File::inhibits; those in a circle are left out.
std::vector<size_t> inhibit_order(const ast::File& file, const Scope& scope);
// The button or alarm that a condition is, and nothing else.
std::optional<Symbol> lone_symbol(const Scope& scope, const ast::Condition& condition);

}  // namespace lamplight::rules
