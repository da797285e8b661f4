// The list of mutants while a tree is walked, and the walk over conditions. The walk offers every
// change it could make; the list says yes to one of them, or to none when it only counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/mutate.h"
#include "rules/language/reporter.h"

namespace lamplight::rules {

std::string words_of(const ast::Quantity& q);

class MutantList {
 public:
  MutantList(std::vector<const SourceText*> rules, std::optional<size_t> wanted)
      : reporter_(std::move(rules)), wanted_(wanted) {}

  // What the next changes belong to; `step` is the one durations are moved by.
  void begin(std::string where, Duration step);
  // True: this is the change to make.
  bool take(const std::string& change, Position at);
  void duration(const std::string& before, Duration& d, Position at, bool up_only = false);
  void span(const std::string& before, ast::Span& span);
  // A step of its unit more or less; of a duration the cadence. Nothing for a bare number.
  std::optional<ast::Quantity> moved(const ast::Quantity& q, int sign) const;

  std::string words(const ast::Condition& c) const { return reporter_.words(c.at, c.end); }
  const std::vector<Mutant>& all() const { return all_; }

 private:
  Reporter reporter_;
  std::optional<size_t> wanted_;
  std::string where_;
  Duration step_ = seconds(1);
  std::vector<Mutant> all_;
};

class ConditionMutator {
 public:
  explicit ConditionMutator(MutantList& list) : list_(list) {}
  void condition(ast::Condition& c);

 private:
  void joined(ast::Condition& c);
  void held(ast::Condition& c);
  void compared(ast::Condition& c);
  void sum(ast::Sum& s);
  void replaced_by_part(ast::Condition& c, const std::string& change, size_t kept);

  MutantList& list_;
};

}  // namespace lamplight::rules
