#include "rules/language/limit_scale.h"

#include <algorithm>

namespace lamplight::rules {
namespace {

constexpr int kSparedMost = 9;  // further, the numbers themselves would not fit

bool is_time(const ast::Limit& limit) {
  return limit.value.unit && limit.value.unit->dimension == second().dimension;
}

// Digits after the point of the rules' own numbers.
int places_in_rules(const ast::Limit& limit) {
  int places = std::max(limit.allowed.low.places, limit.allowed.high.places);
  places = std::max(places, limit.value.number.places);
  for (const ast::ProfileValue& v : limit.at) places = std::max(places, v.value.number.places);
  if (is_time(limit) || unit_of(limit).dimension.is_number()) return places;
  return std::max(places, unit_of(limit).name == "L" ? 4 : 1);
}

}  // namespace

Unit unit_of(const ast::Limit& limit) { return limit.value.unit ? *limit.value.unit : Unit{}; }

// Coefficients are part of an operation's key, and a plan that changed them would begin every run
// of its conditions anew (language, 4.4: run clocks belong to truth, not to limits). So there is a
// digit to spare, whether the plan uses it or not. A plan that is finer still is kept exactly and
// pays with those clocks: refused, it would leave the child unwatched.
LimitScale limit_scale(const ast::Limit& limit, const LimitValues& values) {
  const int own = places_in_rules(limit);
  LimitScale out;
  out.decimals = std::max(own, values.base.places);
  for (const auto& v : values.at)
    out.decimals = v ? std::max(out.decimals, v->places) : out.decimals;
  if (is_time(limit)) {
    out.step = divide({1, 1'000'000'000}, unit_of(limit).scale).value_or(Ratio{1, 1});
    return out;
  }
  const int counted = std::max(out.decimals, own < kSparedMost ? own + 1 : own);
  for (int k = 0; k < counted; ++k) out.step.den *= 10;
  return out;
}

}  // namespace lamplight::rules
