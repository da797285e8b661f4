// Conditions as sentences for parents and nurses, made from the tree and the values in force and
// never written by hand. Every compound is in parentheses, so that nothing can be read two ways.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/phrases.h"
#include "rules/language/scope.h"
#include "rules/language/settings.h"

namespace lamplight::rules {

class Wording {
 public:
  // `child`: the name, or nothing for "the child".
  Wording(const ast::File& file, const Scope& scope, const Settings& settings, std::string child,
          Language language = Language::english);

  // "Mia's oxygen stays below 91 % (89 % at night) for 10 seconds"
  std::string condition(const ast::Condition& c) const;
  // The signal, if the condition is one comparison of one signal with limits and numbers.
  const ast::Signal* bounded(const ast::Condition& c) const;
  // Of such a condition, without the signal: "93 % or more (91 % at night) for 5 seconds".
  std::string bound(const ast::Condition& c) const;
  // "91 % (89 % at night)"
  std::string value(const ast::Sum& sum) const;
  std::string span(const ast::Span& span) const;
  std::string duration(Duration d) const;
  // "oxygen", "the airway pressure"; a signal without a word of its own keeps its name.
  std::string quantity_name(const ast::Signal& signal) const;
  // Names of lets that occurred since the last call, in file order.
  std::vector<size_t> take_lets() const;

 private:
  std::string fill(Phrase phrase, std::initializer_list<std::string_view> slots) const;
  std::string device(std::string_view role) const;
  std::string lone_name(const ast::Condition& c, bool stays) const;
  std::string subject(const ast::Sum& sum) const;
  std::string atom(const ast::Condition& c, bool stays) const;
  std::string looked_back(const ast::Factor& factor) const;
  std::string area(const ast::Condition& c) const;
  std::string part(const ast::Condition& c) const;
  std::string relation(ast::Relation relation, const std::string& value) const;
  std::string number(Ratio in_base, const Unit& unit) const;
  std::optional<Ratio> evaluate(const ast::Sum& sum, size_t valuation) const;
  std::optional<Ratio> factor(const ast::Factor& factor, size_t valuation) const;
  std::string named(const std::string& name) const;
  const ast::Signal* lone_signal(const ast::Sum& sum) const;
  std::optional<Unit> own_unit(const ast::Sum& sum) const;
  Unit unit_of(const ast::Sum& sum) const { return own_unit(sum).value_or(Unit{}); }

  const ast::File& file_;
  const Scope& scope_;
  const Settings& settings_;
  std::string child_;
  Language language_;
  // By valuation (0: base values; 1 + p: profile p) and let.
  std::vector<std::vector<std::optional<Ratio>>> lets_;
  std::vector<std::optional<Unit>> let_units_;
  mutable std::vector<bool> seen_lets_;
};

}  // namespace lamplight::rules
