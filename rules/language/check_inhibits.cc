// Inhibitions that no engine may ever run: without an end, in a circle, over a floor, over `lost`
// by anything but a button, or over all that would ring high for a signal (E9).
#include <algorithm>
#include <set>

#include "rules/language/check.h"
#include "rules/language/inhibits.h"

namespace lamplight::rules {
namespace {

void check_one(const CheckContext& c, const ast::Inhibit& inhibit) {
  const auto lone = lone_symbol(c.scope, inhibit.condition);
  const bool is_button = lone && lone->kind == SymbolKind::button;
  if (!inhibit.at_most && !lone) {
    c.reporter.report(inhibit.at, "E9", "this inhibition has no end", "add `at most 3 min`");
  }
  for (const ast::AlarmRef& ref : inhibit.alarms) {
    const auto symbol = c.scope.find(ref.name.text);
    if (ref.is_lost && !is_button) {
      c.reporter.report(ref.name.at, "E9",
                        in_quotes("lost " + ref.name.text) + " may be inhibited by a button only",
                        "remove it from this line");
    }
    const bool is_floor = !ref.is_lost && symbol && symbol->kind == SymbolKind::alarm &&
                          c.file.alarms[symbol->index].never_inhibited;
    if (!is_floor) continue;
    c.reporter.report(ref.name.at, "E9", in_quotes(ref.name.text) + " is never inhibited",
                      "remove it from this line");
  }
}

void check_circle(const CheckContext& c) {
  const std::vector<size_t> order = inhibit_order(c.file, c.scope);
  for (size_t i = 0; i < c.file.inhibits.size(); ++i) {
    if (std::find(order.begin(), order.end(), i) != order.end()) continue;
    c.reporter.report(c.file.inhibits[i].at, "E9", "these alarms inhibit each other in a circle",
                      "remove one of the inhibitions");
    return;
  }
}

// Every signal that a high alarm reads keeps one high alarm that nothing inhibits.
void check_floor(const CheckContext& c) {
  std::set<std::string> inhibited;
  for (const ast::Inhibit& inhibit : c.file.inhibits) {
    for (const ast::AlarmRef& ref : inhibit.alarms) {
      if (!ref.is_lost) inhibited.insert(ref.name.text);
    }
  }
  std::vector<std::vector<bool>> reads_of(c.file.alarms.size());  // of the high ones
  std::vector<bool> reads(c.file.signals.size());
  std::vector<bool> keeps(c.file.signals.size());
  for (size_t n = 0; n < c.file.alarms.size(); ++n) {
    const ast::Alarm& a = c.file.alarms[n];
    if (priority(a.rank.rank) != Priority::high) continue;
    const std::vector<bool>& own = reads_of[n] = signals_of(c.file, c.scope, a);
    for (size_t i = 0; i < own.size(); ++i) {
      reads[i] = reads[i] || own[i];
      const bool is_free = a.never_inhibited || !inhibited.contains(a.name.text);
      keeps[i] = keeps[i] || (own[i] && is_free);
    }
  }
  for (const ast::Inhibit& inhibit : c.file.inhibits) {
    for (const ast::AlarmRef& ref : inhibit.alarms) {
      const auto symbol = c.scope.find(ref.name.text);
      if (ref.is_lost || !symbol || symbol->kind != SymbolKind::alarm) continue;
      const std::vector<bool>& own = reads_of[symbol->index];
      for (size_t i = 0; i < own.size(); ++i) {
        if (!own[i] || !reads[i] || keeps[i]) continue;
        keeps[i] = true;  // said once
        c.reporter.report(ref.name.at, "E9",
                          "nothing high would ring for " + in_quotes(c.file.signals[i].name.text) +
                              " while " +
                              c.reporter.words(inhibit.condition.at, inhibit.condition.end),
                          "keep one high alarm of it `never inhibited`");
      }
    }
  }
}

}  // namespace

void check_inhibits(const CheckContext& c) {
  for (const ast::Inhibit& inhibit : c.file.inhibits) check_one(c, inhibit);
  check_circle(c);
  check_floor(c);
}

}  // namespace lamplight::rules
