#include "rules/language/parse_expression.h"

#include <array>
#include <utility>

#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

constexpr size_t kPartsMax = 256;
constexpr size_t kTermsMax = 32;
constexpr size_t kTestsMax = 4096;  // four a possible operation: more cannot run
constexpr size_t kHolesMax = 16;    // what one event of the engine carries

using ast::Condition;
using ast::ConditionKind;

ast::Sum sum_of_name(ast::Name name) {
  ast::Sum out;
  out.at = name.at;
  ast::Term term;
  term.factor.kind = ast::Factor::Kind::name;
  term.factor.at = name.at;
  term.factor.name = std::move(name);
  out.terms.push_back(std::move(term));
  return out;
}

}  // namespace

void ExpressionParser::bounded(size_t count, size_t most) {
  if (count < most) return;
  c_.fail(c_.here(), "E10", "more than " + std::to_string(most) + " parts in one expression",
          "name some of them with `let`");
}

Condition ExpressionParser::finish(Condition c) {
  c.end = c_.last_end();
  return c;
}

Condition ExpressionParser::condition() {
  Condition first = conjunction();
  if (!c_.is_word("or")) return first;
  Condition out;
  out.kind = ConditionKind::any;
  out.at = first.at;
  out.operator_at = c_.here();
  out.parts.push_back(std::move(first));
  while (c_.accept_word("or")) {
    bounded(out.parts.size(), kPartsMax);
    out.parts.push_back(conjunction());
  }
  return finish(std::move(out));
}

Condition ExpressionParser::conjunction() {
  Condition first = unary();
  if (!c_.is_word("and")) return first;
  Condition out;
  out.kind = ConditionKind::all;
  out.at = first.at;
  out.operator_at = c_.here();
  out.parts.push_back(std::move(first));
  while (c_.accept_word("and")) {
    bounded(out.parts.size(), kPartsMax);
    out.parts.push_back(unary());
  }
  return finish(std::move(out));
}

Condition ExpressionParser::unary() {
  if (!c_.is_word("not")) return timed();
  Condition out;
  out.kind = ConditionKind::negation;
  out.at = c_.take().at;
  out.operator_at = out.at;
  out.parts.push_back(timed());
  return finish(std::move(out));
}

Condition ExpressionParser::timed() {
  Condition inner = test();
  const bool is_timed = c_.is_word("for") || c_.is_word("within") || c_.is_word("since");
  if (!is_timed) return inner;
  Condition out;
  out.at = inner.at;
  out.operator_at = c_.here();
  out.parts.push_back(std::move(inner));
  if (c_.accept_word("for")) {
    out.kind = ConditionKind::held;
    out.span = c_.expect_span("a duration");
    if (c_.accept_word("ignoring")) {
      c_.expect_word("gaps");
      c_.expect_word("up");
      c_.expect_word("to");
      out.gaps = c_.expect_span("a duration");
    }
  } else if (c_.accept_word("within")) {
    out.kind = ConditionKind::within;
    c_.expect_word("last");
    out.span = c_.expect_span("a duration");
  } else {
    c_.take();
    out.kind = ConditionKind::since;
    out.parts.push_back(test());
  }
  return finish(std::move(out));
}

Condition ExpressionParser::in_parentheses() {
  const Position at = c_.here();
  c_.expect_symbol("(");
  if (depth_ >= kNestingMax) {
    c_.fail(at, "E10", "conditions are nested deeper than " + std::to_string(kNestingMax),
            "name the inner parts with `let`");
    return {};
  }
  ++depth_;
  Condition out = condition();
  --depth_;
  c_.expect_symbol(")");
  out.at = at;
  out.end = c_.last_end();
  out.parenthesised = true;
  return out;
}

Condition ExpressionParser::test() {
  if (++tests_ > kTestsMax) {
    c_.fail(c_.here(), "E10", "more than 4096 comparisons and tests", "make the rules smaller");
    return {};
  }
  if (c_.is_symbol("(")) return in_parentheses();
  if (c_.is_word("shortfall") || c_.is_word("excess")) return area();
  if (c_.is_word("count")) return count();
  Condition out;
  out.kind = ConditionKind::value;
  out.at = c_.here();
  out.operator_at = out.at;
  out.sums.push_back(sum());
  return finish(relation(finish(std::move(out))));
}

Condition ExpressionParser::relation(Condition left) {
  struct Sign {
    std::string_view text;
    ast::Relation relation;
  };
  static constexpr std::array kSigns = {
      Sign{"<", ast::Relation::less}, Sign{"<=", ast::Relation::less_equal},
      Sign{">", ast::Relation::greater}, Sign{">=", ast::Relation::greater_equal}};
  const Position at = c_.here();
  for (const Sign& sign : kSigns) {
    if (!c_.accept_symbol(sign.text)) continue;
    left.kind = ConditionKind::compare;
    left.relation = sign.relation;
    left.operator_at = at;
    left.sums.push_back(sum());
    return left;
  }
  if (c_.accept_word("between")) {
    left.kind = ConditionKind::between;
    left.operator_at = at;
    left.sums.push_back(sum());
    c_.expect_word("and");
    left.sums.push_back(sum());
    return left;
  }
  if (c_.is_word("is")) return is_test(std::move(left));
  if (c_.is_symbol("=")) {
    c_.fail(at, "E0", "there is no `=` between numbers",
            "write `between … and …`, or <, <=, >, >=; for a state write `is`");
  }
  return left;
}

Condition ExpressionParser::is_test(Condition left) {
  left.operator_at = c_.take().at;
  left.subject = std::move(left.sums.front());
  left.sums.clear();
  left.negated = c_.accept_word("not");
  if (c_.accept_word("lost")) {
    left.kind = ConditionKind::is_lost;
  } else if (c_.accept_word("valid")) {
    left.kind = ConditionKind::is_valid;
  } else {
    left.kind = ConditionKind::is_word;
    left.word = c_.expect_name("a state, `lost` or `valid`");
  }
  return left;
}

Condition ExpressionParser::area() {
  Condition out;
  out.at = c_.here();
  out.operator_at = out.at;
  const bool is_shortfall = c_.take().text == "shortfall";
  out.kind = is_shortfall ? ConditionKind::shortfall : ConditionKind::excess;
  c_.expect_word("of");
  out.subject = sum_of_name(c_.expect_name("a signal's name"));
  c_.expect_word(is_shortfall ? "below" : "above");
  out.sums.push_back(sum());
  if (c_.accept_word("forget")) {
    c_.expect_word("after");
    out.has_forget = true;
    out.span = c_.expect_span("a duration");
  }
  c_.expect_symbol(">=");
  out.sums.push_back(sum());
  return finish(std::move(out));
}

Condition ExpressionParser::count() {
  Condition out;
  out.kind = ConditionKind::count;
  out.at = c_.take().at;
  out.operator_at = out.at;
  c_.expect_word("of");
  out.parts.push_back(in_parentheses());
  c_.expect_word("starting");
  c_.expect_word("within");
  out.window = c_.expect_duration("a duration");
  c_.expect_symbol(">=");
  out.at_least = c_.expect_integer("a count");
  return finish(std::move(out));
}

ast::Sum ExpressionParser::sum() {
  ast::Sum out;
  out.at = c_.here();
  out.terms.push_back(term());
  while (c_.is_symbol("+") || c_.is_symbol("-")) {
    const bool negative = c_.take().text == "-";
    bounded(out.terms.size(), kTermsMax);
    out.terms.push_back(term());
    out.terms.back().negative = negative;
  }
  out.end = c_.last_end();
  return out;
}

ast::Term ExpressionParser::term() {
  ast::Term out;
  out.factor = factor();
  while (c_.is_symbol("*") || c_.is_symbol("/")) {
    ast::Scaling scaling;
    bounded(out.scalings.size(), kTermsMax);
    scaling.divide = c_.take().text == "/";
    scaling.at = c_.here();
    scaling.by = c_.expect_decimal("a number");
    if (scaling.divide && scaling.by.digits == 0 && !c_.panicking()) {
      c_.fail(scaling.at, "E1", "a division by zero", "divide by another number");
    }
    out.scalings.push_back(scaling);
  }
  return out;
}

ast::Factor ExpressionParser::factor() {
  struct Word {
    std::string_view text;
    ast::Aggregate aggregate;
  };
  static constexpr std::array kAggregates = {
      Word{"mean", ast::Aggregate::mean},   Word{"min", ast::Aggregate::min},
      Word{"max", ast::Aggregate::max},     Word{"change", ast::Aggregate::change},
      Word{"drop", ast::Aggregate::drop},   Word{"rise", ast::Aggregate::rise},
      Word{"share", ast::Aggregate::share},
  };
  ast::Factor out;
  out.at = c_.here();
  if (c_.peek().kind == TokenKind::number || c_.is_symbol("-")) {
    out.quantity = c_.expect_quantity("a number");
    return out;
  }
  if (c_.accept_word("age")) {
    out.kind = ast::Factor::Kind::age;
    c_.expect_word("of");
    out.name = c_.expect_name("a signal's name");
    return out;
  }
  for (const Word& word : kAggregates) {
    if (c_.accept_word(word.text)) {
      ast::Factor found = aggregate(word.aggregate);
      found.at = out.at;
      return found;
    }
  }
  out.kind = ast::Factor::Kind::name;
  if (c_.peek().kind != TokenKind::word && c_.peek().kind != TokenKind::unit) {
    c_.fail_here("a number, a name or a condition", "write what is to be compared");
    return out;
  }
  out.name = c_.expect_name("a name");
  return out;
}

ast::Factor ExpressionParser::aggregate(ast::Aggregate kind) {
  ast::Factor out;
  out.kind = ast::Factor::Kind::aggregate;
  out.aggregate = kind;
  c_.expect_word("of");
  if (kind == ast::Aggregate::share) {
    c_.expect_word("time");
    out.condition.push_back(in_parentheses());
  } else {
    out.name = c_.expect_name("a signal's name");
  }
  c_.expect_word("over");
  out.over = c_.expect_duration("a window's length");
  out.needs = need();
  return out;
}

std::optional<Decimal> ExpressionParser::need() {
  if (!c_.accept_word("needs")) return std::nullopt;
  const Decimal out = c_.expect_decimal("a share");
  if (c_.peek().kind == TokenKind::unit && c_.peek().text == "percent") {
    c_.take();
  } else {
    c_.fail_here("`percent`", "write `needs 80 percent valid`");
  }
  c_.expect_word("valid");
  return out;
}

std::vector<ast::EscalationStep> ExpressionParser::escalation() {
  std::vector<ast::EscalationStep> out;
  do {
    ast::EscalationStep step;
    step.role = c_.expect_name("a role");
    if (!c_.accept_word("now")) {
      if (!c_.is_word("after")) {
        c_.fail_here("`now` or `after`", "write `now`, or `after 60 s`");
      }
      c_.accept_word("after");
      step.after = c_.expect_duration("a duration");
    }
    out.push_back(std::move(step));
  } while (c_.accept_symbol(","));
  return out;
}

ast::Text ExpressionParser::text(std::string_view what, size_t characters_max) {
  const Token token = c_.expect_token(TokenKind::string, what, "write it between quotes: \"…\"");
  ast::Text out;
  out.at = token.at;
  out.literals.emplace_back();
  const std::string_view source = token.text;
  if (!c_.panicking()) c_.bound(token.at, what, unquoted(source), characters_max);
  Position at = token.at;
  const auto step = [&](size_t i) {
    ++at.offset;
    const bool ends_character = i + 1 >= source.size() || !continues_character(source[i + 1]);
    if (ends_character) ++at.column;
  };
  for (size_t i = 0; i < source.size(); ++i) {
    const bool is_quote = i == 0 || i + 1 == source.size();
    if (is_quote || source[i] != '{') {
      if (!is_quote) out.literals.back() += source[i];
      step(i);
      continue;
    }
    step(i);
    if (source[i + 1] == '{') {
      out.literals.back() += '{';
      step(++i);
      continue;
    }
    const size_t close = source.find('}', i);
#ifdef LL_PLANTED_BUG  // proves that the fuzz target reaches the holes of texts
    if (close == std::string_view::npos) __builtin_trap();
#endif
    if (close == std::string_view::npos) {
      c_.report(at, "E13", "a hole opens here and never closes",
                "close it with `}`, or write `{{` for a brace");
      return out;
    }
    if (out.holes.size() >= kHolesMax) {
      c_.report(at, "E10", "a text has more than 16 holes", "say less; nobody reads so much");
      return out;
    }
    out.holes.push_back(hole(at, at.offset + (close - i - 1)));
    out.literals.emplace_back();
    for (; i < close; ++i) step(i + 1);
  }
  return out;
}

ast::Text::Hole ExpressionParser::hole(Position start, size_t end_offset) {
  using Kind = ast::Text::Hole::Kind;
  ast::Text::Hole out;
  out.at = start;
  Cursor inside(c_, start, end_offset);
  out.source = c_.source().text.substr(start.offset, end_offset - start.offset);
  if (inside.accept_word("child")) {
    out.kind = Kind::child;
  } else if (inside.accept_word("held")) {
    out.kind = Kind::held;
  } else if (inside.accept_word("reason")) {
    out.kind = Kind::reason;
  } else {
    out.kind = Kind::sum;
    ExpressionParser parser(inside);
    out.sum = parser.sum();
  }
  if (!inside.panicking() && !inside.at_end()) {
    inside.fail(inside.here(), "E13", "a hole holds one name or one sum, not a condition",
                "write `{spo2}`, `{spo2_low}`, `{child}`, `{held}` or `{reason}`");
  }
  return out;
}

}  // namespace lamplight::rules
