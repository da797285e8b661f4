// Systematic small mistakes in a rules file (reference section 7): limits and durations a step up
// and down, `<` for `<=`, `and` for `or`, operands, delays and whole lines left out, a severity
// beside the right one. Each changes one place; which tests notice is the business of mutants.h.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/parse.h"

namespace lamplight::rules {

struct Mutant {
  std::string where;   // "oxygen_low", "lost spo2", "limit spo2_low"
  std::string change;  // "for 10 s → 11 s"
  Position at;
  bool operator==(const Mutant&) const = default;
};

// All mutants of a file that compiles; `rules` are the texts it was parsed from.
std::vector<Mutant> list_mutants(const ast::File& file, std::span<const SourceText> rules);
// The file with mutant number `which` of that list in it.
ast::File apply_mutant(const ast::File& file, std::span<const SourceText> rules, size_t which);

}  // namespace lamplight::rules
