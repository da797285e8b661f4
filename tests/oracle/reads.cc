#include "tests/oracle/reads.h"

namespace lamplight::oracle {
namespace {

void in_sum(const World& world, const rules::ast::Sum& sum, std::set<std::string>& out) {
  for (const auto& term : sum.terms) {
    const auto& factor = term.factor;
    for (const auto& inner : factor.condition) signals_in(world, inner, out);
    if (world.signal(factor.name.text) != nullptr) out.insert(factor.name.text);
    const auto* let = world.let(factor.name.text);
    if (let != nullptr) signals_in(world, let->body, out);
  }
}

}  // namespace

void signals_in(const World& world, const rules::ast::Condition& condition,
                std::set<std::string>& out) {
  for (const auto& part : condition.parts) signals_in(world, part, out);
  for (const auto& sum : condition.sums) in_sum(world, sum, out);
  in_sum(world, condition.subject, out);
}

}  // namespace lamplight::oracle
