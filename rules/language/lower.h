// Tree → engine::Program. Only for a file that passed the typer: names resolve, units fit, and
// nothing is used that the engine cannot run. What still may fail are numbers and bounds (E10).
#pragma once

#include <optional>

#include "rules/engine/program.h"
#include "rules/language/ast.h"
#include "rules/language/reporter.h"
#include "rules/language/scope.h"
#include "rules/language/settings.h"

namespace lamplight::rules {

std::optional<engine::Program> lower(const ast::File& file, const ast::Plan* plan,
                                     const Scope& scope, const Settings& settings,
                                     Reporter& reporter);

// The step of a signal in its unit: as declared, or the default of the unit.
Ratio signal_step(const ast::Signal& signal);

}  // namespace lamplight::rules
