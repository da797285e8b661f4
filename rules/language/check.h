// The static checks beyond types and names (reference section 6). Each pass is one file; a pass
// only reports. Order does not matter, except that check_program() needs a program.
#pragma once

#include "rules/engine/program.h"
#include "rules/language/ast.h"
#include "rules/language/reporter.h"
#include "rules/language/scope.h"
#include "rules/language/settings.h"

namespace lamplight::rules {

struct CheckContext {
  const ast::File& file;
  const Scope& scope;
  const Settings& settings;
  Reporter& reporter;
};

// Declarations of signals: steps, ranges, states, paths (E1, E10, E12), E8 of the cadence; with
// `catalogue` also what the catalogue knows (E12, W12).
void check_signals(const CheckContext& c, bool catalogue);
// What the tree alone shows: E3 (profiles), E6, E8, E11, W1, W8, W11. `is_whole`: no syntax
// error hid a declaration, so that what is missing may be called missing.
void check_tree(const CheckContext& c);
// What no engine may ever do: E9.
void check_inhibits(const CheckContext& c);
// What the compiled conditions show: E2, E3 (limits), E4, E7, W4.
void check_program(const CheckContext& c, const engine::Program& program);
// Device conditions that nobody reads, or that are ranked low: W13, W14.
void check_conditions(const CheckContext& c);

// The longest and the shortest time a span has under the values in force.
struct SpanRange {
  Duration shortest;
  Duration longest;
};
SpanRange span_range(const CheckContext& c, const ast::Span& span);
// "10 s", "3 min", "0.5 s"
std::string to_text(Duration d);

}  // namespace lamplight::rules
