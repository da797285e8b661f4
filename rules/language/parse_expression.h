// The expression half of the grammar: conditions, sums, and texts with holes.
// Precedence: for/within/since bind tightest, then not, then and, then or.
#pragma once

#include "rules/language/cursor.h"

namespace lamplight::rules {

class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor) : c_(cursor) {}

  ast::Condition condition();  // expr
  ast::Sum sum();
  ast::Text text(std::string_view what, size_t characters_max);  // STRING with holes
  std::vector<ast::EscalationStep> escalation();

 private:
  ast::Condition conjunction();
  ast::Condition unary();
  ast::Condition timed();
  ast::Condition test();
  ast::Condition area();
  ast::Condition count();
  ast::Condition relation(ast::Condition left);
  ast::Condition is_test(ast::Condition left);
  ast::Condition in_parentheses();
  void bounded(size_t count, size_t most);
  ast::Condition finish(ast::Condition c);
  ast::Term term();
  ast::Factor factor();
  ast::Factor aggregate(ast::Aggregate kind);
  std::optional<Decimal> need();
  ast::Text::Hole hole(Position start, size_t end_offset);

  Cursor& c_;
  int depth_ = 0;
  size_t tests_ = 0;
};

}  // namespace lamplight::rules
