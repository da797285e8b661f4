#include "rules/language/inhibits.h"

#include <algorithm>
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

// Alarms stand in no let, so the tree of the condition itself says all.
bool never_holds(const Scope& scope, const Settings& settings, const ast::Condition& c) {
  using Kind = ast::ConditionKind;
  const auto never = [&](const ast::Condition& part) { return never_holds(scope, settings, part); };
  if (c.kind == Kind::all) return std::any_of(c.parts.begin(), c.parts.end(), never);
  if (c.kind == Kind::any) return std::all_of(c.parts.begin(), c.parts.end(), never);
  if (c.kind == Kind::held || c.kind == Kind::within || c.kind == Kind::count) {
    return never(c.parts.front());
  }
  if (c.kind == Kind::since) return never(c.parts[1]);  // nothing to begin with
  const auto symbol = lone_symbol(scope, c);
  return symbol && symbol->kind == SymbolKind::alarm &&
         (settings.alarm_off[symbol->index] || settings.alarm_removed[symbol->index]);
}

}  // namespace

bool is_dropped(const ast::File& file, const Scope& scope, const Settings& settings,
                const ast::Inhibit& inhibit) {
  std::vector<bool> reads;
  mark_signals(file, scope, inhibit.condition, reads);
  for (size_t i = 0; i < reads.size(); ++i) {
    if (reads[i] && settings.signal_removed[i]) return true;
  }
  return never_holds(scope, settings, inhibit.condition);
}

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
