#include "rules/language/mutate_condition.h"

#include <utility>

#include "rules/language/check.h"
#include "rules/language/cursor.h"

namespace lamplight::rules {

using ast::Condition;
using ast::ConditionKind;

namespace {

std::string_view sign_of(ast::Relation r) {
  switch (r) {
    case ast::Relation::less:
      return "<";
    case ast::Relation::less_equal:
      return "<=";
    case ast::Relation::greater:
      return ">";
    case ast::Relation::greater_equal:
      return ">=";
  }
  return "<";
}

// With the bound, or without it.
ast::Relation other(ast::Relation r) {
  switch (r) {
    case ast::Relation::less:
      return ast::Relation::less_equal;
    case ast::Relation::less_equal:
      return ast::Relation::less;
    case ast::Relation::greater:
      return ast::Relation::greater_equal;
    case ast::Relation::greater_equal:
      return ast::Relation::greater;
  }
  return r;
}

// A decimal fraction with enough places to be exact.
std::optional<Decimal> decimal_of(Ratio r) {
  constexpr int kPlacesMax = 9;
  Ratio scaled = r;
  for (int places = 0; places <= kPlacesMax; ++places) {
    if (const auto digits = whole(scaled)) return Decimal{*digits, places};
    const auto next = multiply(scaled, Ratio::of(10));
    if (!next) return std::nullopt;
    scaled = *next;
  }
  return std::nullopt;
}

}  // namespace

std::string words_of(const ast::Quantity& q) {
  return to_text(q.number) + (q.unit ? " " + q.unit->name : "");
}

void MutantList::begin(std::string where, Duration step) {
  where_ = std::move(where);
  step_ = step;
}

bool MutantList::take(const std::string& change, Position at) {
  all_.push_back({where_, change, at});
  return wanted_ && all_.size() - 1 == *wanted_;
}

void MutantList::duration(const std::string& before, Duration& d, Position at, bool up_only) {
  const Duration was = d;
  for (const int64_t sign : {-1, 1}) {
    const Duration moved = was + step_ * sign;
    if (moved.ns <= 0 || (up_only && sign < 0)) continue;
    if (take(before + to_text(was) + " → " + to_text(moved), at)) d = moved;
  }
}

void MutantList::span(const std::string& before, ast::Span& s) {
  if (s.literal) duration(before, *s.literal, s.at);
}

std::optional<ast::Quantity> MutantList::moved(const ast::Quantity& q, int sign) const {
  if (!q.unit) return std::nullopt;
  ast::Quantity out = q;
  const bool is_time = q.unit->dimension == second().dimension;
  const auto step = is_time ? divide(Ratio{step_.ns, 1'000'000'000}, q.unit->scale)
                            : std::optional(default_step(*q.unit));
  const auto by = step ? multiply(*step, Ratio::of(sign)) : std::nullopt;
  const auto sum = by ? add(to_ratio(q.number), *by) : std::nullopt;
  const auto number = sum ? decimal_of(*sum) : std::nullopt;
  if (!number || (is_time && number->digits < 0)) return std::nullopt;
  out.number = *number;
  return out;
}

void ConditionMutator::condition(Condition& c) {
  for (Condition& part : c.parts) condition(part);
  switch (c.kind) {
    case ConditionKind::any:
    case ConditionKind::all:
      return joined(c);
    case ConditionKind::negation:
      return replaced_by_part(c, "`not` left out of `" + list_.words(c) + "`", 0);
    case ConditionKind::held:
      return held(c);
    case ConditionKind::within:
      list_.span("within last ", c.span);
      return replaced_by_part(c, "`within last` left out", 0);
    case ConditionKind::since:
      return replaced_by_part(c, "`since` left out", 0);
    case ConditionKind::compare:
    case ConditionKind::between:
      return compared(c);
    case ConditionKind::value:
      for (ast::Sum& s : c.sums) sum(s);
      return;
    case ConditionKind::is_word:
    case ConditionKind::is_lost:
    case ConditionKind::is_valid:
      if (c.negated && list_.take("`not` left out of `" + list_.words(c) + "`", c.at)) {
        c.negated = false;
      }
      return;
    case ConditionKind::shortfall:
    case ConditionKind::excess:
      for (ast::Sum& s : c.sums) sum(s);
      if (c.has_forget) list_.span("forget after ", c.span);
      return;
    case ConditionKind::count:
      list_.duration("starting within ", c.window, c.at);
      for (const int64_t more : {-1, 1}) {
        const int64_t changed = c.at_least + more;
        const std::string words =
            "starting … >= " + std::to_string(c.at_least) + " → " + std::to_string(changed);
        if (changed > 0 && list_.take(words, c.at)) {
          c.at_least = changed;
          return;
        }
      }
      return;
  }
}

void ConditionMutator::replaced_by_part(Condition& c, const std::string& change, size_t kept) {
  if (!list_.take(change, c.operator_at)) return;
  Condition part = std::move(c.parts[kept]);
  c = std::move(part);
}

void ConditionMutator::joined(Condition& c) {
  const bool is_any = c.kind == ConditionKind::any;
  if (list_.take(is_any ? "`or` → `and`" : "`and` → `or`", c.operator_at)) {
    c.kind = is_any ? ConditionKind::all : ConditionKind::any;
    return;
  }
  for (size_t i = 0; i < c.parts.size(); ++i) {
    if (!list_.take("`" + list_.words(c.parts[i]) + "` left out", c.parts[i].at)) continue;
    if (c.parts.size() > 2) {
      c.parts.erase(c.parts.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
    Condition part = std::move(c.parts[1 - i]);
    c = std::move(part);
    return;
  }
}

void ConditionMutator::held(Condition& c) {
  list_.span("for ", c.span);
  if (c.gaps) {
    list_.span("ignoring gaps up to ", *c.gaps);
    if (list_.take("`ignoring gaps` left out", c.gaps->at)) c.gaps.reset();
  }
  replaced_by_part(c, "`for` left out", 0);
}

void ConditionMutator::compared(Condition& c) {
  for (ast::Sum& s : c.sums) sum(s);
  if (c.kind != ConditionKind::compare) return;
  const ast::Relation changed = other(c.relation);
  const std::string words = "`" + list_.words(c) + "`: " + std::string(sign_of(c.relation)) +
                            " → " + std::string(sign_of(changed));
  if (list_.take(words, c.operator_at)) c.relation = changed;
}

void ConditionMutator::sum(ast::Sum& s) {
  for (ast::Term& term : s.terms) {
    ast::Factor& f = term.factor;
    if (f.kind == ast::Factor::Kind::aggregate) list_.duration("over ", f.over, f.at);
    for (Condition& inner : f.condition) condition(inner);
    if (f.kind != ast::Factor::Kind::quantity) continue;
    const ast::Quantity was = f.quantity;
    for (const int sign : {-1, 1}) {
      const auto moved = list_.moved(was, sign);
      if (!moved) continue;
      if (list_.take(words_of(was) + " → " + words_of(*moved), f.at)) f.quantity = *moved;
    }
  }
}

}  // namespace lamplight::rules
