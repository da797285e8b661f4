#include "rules/language/inhibits.h"

#include <algorithm>
#include <set>

namespace lamplight::rules {
namespace {

using Names = std::set<std::string>;

void alarms_read(const Scope& scope, const ast::Condition& c, Names& out) {
  for (const ast::Condition& part : c.parts) alarms_read(scope, part, out);
  const auto symbol = lone_symbol(scope, c);
  if (symbol && symbol->kind == SymbolKind::alarm) {
    out.insert(c.sums.front().terms.front().factor.name.text);
  }
}

}  // namespace

std::optional<Symbol> lone_symbol(const Scope& scope, const ast::Condition& c) {
  if (c.kind != ast::ConditionKind::value || c.sums.front().terms.size() != 1) return std::nullopt;
  const auto symbol = scope.find(c.sums.front().terms.front().factor.name.text);
  const bool is_one =
      symbol && (symbol->kind == SymbolKind::button || symbol->kind == SymbolKind::alarm);
  return is_one ? symbol : std::nullopt;
}

std::vector<size_t> inhibit_order(const ast::File& file, const Scope& scope) {
  std::vector<Names> reads(file.inhibits.size());
  for (size_t i = 0; i < reads.size(); ++i) {
    alarms_read(scope, file.inhibits[i].condition, reads[i]);
  }
  const auto waits_for = [&](size_t i, size_t other) {
    const auto& named = file.inhibits[other].alarms;
    return std::any_of(named.begin(), named.end(), [&](const ast::AlarmRef& ref) {
      return !ref.is_lost && reads[i].contains(ref.name.text);
    });
  };
  std::vector<size_t> out;
  std::vector<bool> done(reads.size());
  for (bool found = true; found;) {
    found = false;
    for (size_t i = 0; i < reads.size(); ++i) {
      if (done[i]) continue;
      bool ready = true;
      for (size_t k = 0; k < reads.size(); ++k) ready = ready && (done[k] || !waits_for(i, k));
      if (!ready) continue;
      done[i] = found = true;
      out.push_back(i);
    }
  }
  return out;
}

}  // namespace lamplight::rules
