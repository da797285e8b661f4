// Areas for the lowering: a depth over signals and limits, and a budget of depth·time, both in the
// same integers.
#include "rules/language/check.h"
#include "rules/language/sums.h"

namespace lamplight::rules {
namespace {

constexpr int64_t kNs = 1'000'000'000;

engine::Piece literal(std::string words) {
  return {engine::Piece::Kind::literal, std::move(words), {}};
}

Int128 common_divisor(Int128 a, Int128 b) {
  while (b != 0) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// The least factor that makes every number of the form whole; nothing if it does not fit.
std::optional<Int128> whole_factor(const LinearForm& form) {
  Int128 factor = form.constant.den;
  bool fits = true;
  for (const auto& [index, ratio] : form.limits) {
    const Int128 step = ratio.den / common_divisor(factor, ratio.den);
    if (__builtin_mul_overflow(factor, step, &factor)) fits = false;
  }
  return fits ? std::optional<Int128>(factor) : std::nullopt;
}

std::optional<engine::Linear> whole_form(const LinearForm& form) {
  engine::Linear out;
  for (const auto& [index, ratio] : form.signals) {
    const auto c = whole(ratio);
    if (!c) return std::nullopt;
    out.signals.push_back({index, *c});
  }
  for (const auto& [index, ratio] : form.limits) {
    const auto c = whole(ratio);
    if (!c) return std::nullopt;
    out.limits.push_back({index, *c});
  }
  const auto c = whole(form.constant);
  if (!c) return std::nullopt;
  out.constant = *c;
  return out;
}

}  // namespace

// "shortfall of spo2 below {90 percent} forget after 10 s >= {50 percent*s}"
engine::TextIndex Sums::area_words(const ast::Condition& c) {
  engine::Text text;
  const bool below = c.kind == ast::ConditionKind::shortfall;
  text.pieces.push_back(literal((below ? "shortfall of " : "excess of ") +
                                reporter_.words(c.subject.at, c.subject.end) +
                                (below ? " below " : " above ")));
  words(c.sums[0], text);
  std::string middle;
  if (c.has_forget) {
    middle = " forget after " + (c.span.literal ? to_text(*c.span.literal) : c.span.limit.text);
  }
  text.pieces.push_back(literal(middle + " >= "));
  words(c.sums[1], text);
  return builder_.add_text(std::move(text));
}

engine::OpIndex Sums::area(const ast::Condition& c, engine::Span forget) {
  const auto refuse = [&] {
    overflow(c.operator_at);
    return builder_.constant(engine::Truth::unknown);
  };
  const bool below = c.kind == ast::ConditionKind::shortfall;
  auto depth = form(below ? c.sums[0] : c.subject);
  auto other = form(below ? c.subject : c.sums[0]);
  auto budget = form(c.sums[1]);
  if (!depth || !other || !budget) return refuse();
  if (!budget->signals.empty()) {
    reporter_.report(c.sums[1].at, "E1", "a budget is made of limits and numbers alone",
                     "name a limit, or write a number");
    return builder_.constant(engine::Truth::unknown);
  }
  if (!depth->numbers.empty() || !other->numbers.empty() || !budget->numbers.empty()) {
    reporter_.report(c.at, "E1", "an area is made of signals, limits and numbers alone",
                     "compare the window or the age on its own");
    return builder_.constant(engine::Truth::unknown);
  }
  if (!scale(*other, {-1, 1}) || !accumulate(*depth, *other)) return refuse();
  const auto scaled = to_integers(*depth);
  if (!scaled) return refuse();
  // One unit of depth·ns is 1 / (factor · 10^9) of the base unit · s.
  const auto per_base = multiply(scaled->factor, Ratio::of(kNs));
  if (!per_base || !scale(*budget, *per_base)) return refuse();
  const auto more = whole_factor(*budget);
  if (!more || !scale(*depth, scaled->factor) || !scale(*depth, {*more, 1}) ||
      !scale(*budget, {*more, 1})) {
    return refuse();
  }
  const auto whole_depth = whole_form(*depth);
  const auto whole_budget = whole_form(*budget);
  if (!whole_depth || !whole_budget) return refuse();
  if (!stays_small(*whole_depth) || !stays_small(*whole_budget)) return refuse();

  engine::Show show;
  Unit unit;
  bool has_unit = false;
  find_style(c.sums[1], unit, show.decimals, has_unit);
  const auto all = multiply(*per_base, {*more, 1});
  const auto per_unit = all ? multiply(*all, unit.scale) : std::nullopt;
  const auto step = per_unit ? divide({1, 1}, *per_unit) : std::nullopt;
  const auto engine_step = step ? to_engine(*step) : std::nullopt;
  if (!engine_step) return refuse();
  show.step = *engine_step;
  show.unit = unit.name.empty() ? "none" : unit.name;
  show.text = area_words(c);
  return builder_.area(below ? engine::OpKind::shortfall : engine::OpKind::excess, *whole_depth,
                       *whole_budget, forget, std::move(show));
}

}  // namespace lamplight::rules
