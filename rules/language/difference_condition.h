// Two conditions beside each other: what is longer, what is shorter, what is another test.
#pragma once

#include <string>
#include <vector>

#include "rules/language/compile.h"
#include "rules/language/difference.h"
#include "rules/language/wording.h"

namespace lamplight::rules {

// One set of rules with all that is needed to read it.
struct Side {
  explicit Side(const Compiled& c);
  const Compiled& compiled;
  const ast::File& file;
  Reporter reporter;
  Scope scope;
  Wording wording;

  // As it is in force without a profile; nothing for a span that is no duration.
  std::string span(const ast::Span& s) const { return wording.span(s); }
  Duration length(const ast::Span& s) const;
  // In words, with what the names in it mean: another meaning is another sentence.
  std::string told(const ast::Condition& c) const;
  // A name of a condition replaced by the condition.
  const ast::Condition& resolved(const ast::Condition& c) const;
};

// `does`: "rings", "clears", "gets worse", "is held back".
void compare_conditions(const Side& a, const ast::Condition& before, const Side& b,
                        const ast::Condition& after, const std::string& subject,
                        const std::string& does, std::vector<Difference>& out);

}  // namespace lamplight::rules
