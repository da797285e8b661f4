// What compiler, checks and explain must agree on about inhibitions: their order (one that inhibits
// an alarm comes before those that read that alarm), and which of them a plan takes away.
#pragma once

#include <optional>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/scope.h"
#include "rules/language/settings.h"

namespace lamplight::rules {

// Indices into File::inhibits; those in a circle are left out.
std::vector<size_t> inhibit_order(const ast::File& file, const Scope& scope);
// The button or alarm that a condition is, and nothing else.
std::optional<Symbol> lone_symbol(const Scope& scope, const ast::Condition& condition);
// True if it inhibits nothing under these settings: it reads a device that is not there, or waits
// for an alarm that never rings. Then what it names rings.
bool is_dropped(const ast::File& file, const Scope& scope, const Settings& settings,
                const ast::Inhibit& inhibit);

}  // namespace lamplight::rules
