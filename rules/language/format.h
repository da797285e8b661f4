// The canonical form of a rules text: one declaration or clause a line, clauses in the order of the
// grammar, one space between words, lines filled to 100 columns. Words, numbers and comments stay
// as they were written, so the compiled program stays the same; what is formatted once is
// formatted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/parse.h"

namespace lamplight::rules {

struct Formatted {
  std::optional<std::string> text;  // nothing: the text has errors
  std::vector<Diagnostic> diagnostics;
};

Formatted format_rules(const SourceText& source);

}  // namespace lamplight::rules
