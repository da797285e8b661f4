#include "rules/language/inhibits.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

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

// Counted, not compared in pairs: an alarm is settled when all that inhibit it are out, and an
// inhibition may come out when every alarm it reads is.
std::vector<size_t> inhibit_order(const ast::File& file, const Scope& scope) {
  struct Alarm {
    size_t inhibited_by = 0;      // that are not out yet
    std::vector<size_t> read_by;  // inhibitions
  };
  std::map<std::string_view, Alarm> alarms;
  for (const ast::Inhibit& inhibit : file.inhibits) {
    for (const ast::AlarmRef& ref : inhibit.alarms) {
      if (!ref.is_lost) ++alarms[ref.name.text].inhibited_by;
    }
  }
  std::vector<size_t> waits_for(file.inhibits.size());
  for (size_t i = 0; i < waits_for.size(); ++i) {
    Names reads;
    alarms_read(scope, file.inhibits[i].condition, reads);
    for (const std::string& name : reads) {
      const auto found = alarms.find(name);
      if (found == alarms.end()) continue;
      found->second.read_by.push_back(i);
      ++waits_for[i];
    }
  }
  std::vector<size_t> out;
  std::vector<bool> done(waits_for.size());
  for (bool found = true; found;) {
    found = false;
    for (size_t i = 0; i < waits_for.size(); ++i) {
      if (done[i] || waits_for[i] > 0) continue;
      done[i] = found = true;
      out.push_back(i);
      for (const ast::AlarmRef& ref : file.inhibits[i].alarms) {
        if (ref.is_lost) continue;
        Alarm& alarm = alarms[ref.name.text];
        if (--alarm.inhibited_by > 0) continue;
        for (const size_t reader : alarm.read_by) --waits_for[reader];
      }
    }
  }
  return out;
}

}  // namespace lamplight::rules
