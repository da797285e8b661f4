// Units and types (E1), names in expressions (E12), holes (E13), bounds of buttons (E10). Looks at
// the whole language; a condition that passes here can be lowered. Nothing is reported twice, and
// nothing about names whose declaration is broken.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/reporter.h"
#include "rules/language/scope.h"

namespace lamplight::rules {

class Typer {
 public:
  Typer(const ast::File& file, Scope& scope, Reporter& reporter);

  // Goes over every declaration of the file.
  void check_file();

 private:
  // What a sum is: a dimension and the unit to suggest to the author.
  struct Value {
    Dimension dimension;
    Unit unit;
    bool bare_literal = false;  // a number without a unit, nothing else
  };

  void lets();
  void alarm(const ast::Alarm& alarm);
  void inhibit(const ast::Inhibit& inhibit);
  void lost(const ast::Lost& lost);
  void limit(const ast::Limit& limit);
  void condition(const ast::Condition& c, bool alarms_allowed = false);
  void comparison(const ast::Condition& c);
  void word_test(const ast::Condition& c);
  void lone_name(const ast::Condition& c, bool alarms_allowed);
  void area(const ast::Condition& c);
  void equal(const Value& a, const Value& b, Position at, const std::string& words,
             std::string_view verb);
  std::optional<Value> sum(const ast::Sum& sum);
  std::optional<Value> factor(const ast::Factor& factor);
  std::optional<Value> name(const ast::Name& name);
  std::optional<Value> aggregate(const ast::Factor& factor);
  void span(const ast::Span& span);
  void text(const ast::Text& text);
  void roles(const std::vector<ast::EscalationStep>& steps);
  const ast::Signal* signal_of(const ast::Sum& sum);
  bool is_numeric_let(const ast::Let& let) const;
  void button(const ast::Button& button);
  std::string words(const ast::Condition& c) const;

  const ast::File& file_;
  Scope& scope_;
  Reporter& reporter_;
  // By let: its value if numeric; nothing if boolean or broken.
  std::vector<std::optional<Value>> let_values_;
  std::vector<bool> let_is_numeric_;
};

std::string name_of(const Dimension& dimension);

}  // namespace lamplight::rules
