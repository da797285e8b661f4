// Inhibitions that no engine may ever run: without an end, in a circle, over a floor, over `lost`
// by anything but a button, or over all that would ring high for a signal (E9).
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

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

// Every signal that a high alarm reads keeps one high alarm that nothing inhibits, under the rules
// alone and with what the plan takes out of them.
class Floor {
 public:
  explicit Floor(const CheckContext& c) : c_(c), reads_(c.file.alarms.size()) {
    for (const ast::Inhibit& inhibit : c.file.inhibits) {
      if (is_out(inhibit)) continue;
      for (const ast::AlarmRef& ref : inhibit.alarms) {
        if (!ref.is_lost) inhibited_.insert(ref.name.text);
      }
    }
    for (size_t n = 0; n < c.file.alarms.size(); ++n) {
      const ast::Alarm& a = c.file.alarms[n];
      if (priority(a.rank.rank) != Priority::high) continue;
      reads_[n] = signals_of(c.file, c.scope, a);
      if (is_free(n) && !is_taken(n)) add(keeps_, reads_[n]);
    }
  }

  void check() {
    for (const ast::Inhibit& inhibit : c_.file.inhibits) {
      if (!is_out(inhibit)) check(inhibit);
    }
  }

 private:
  bool is_taken(size_t alarm) const {
    return c_.settings.alarm_off[alarm] || c_.settings.alarm_removed[alarm];
  }
  bool is_free(size_t alarm) const {
    const ast::Alarm& a = c_.file.alarms[alarm];
    return a.never_inhibited || !inhibited_.contains(a.name.text);
  }
  static void add(std::vector<bool>& to, const std::vector<bool>& signals) {
    to.resize(signals.size());
    for (size_t i = 0; i < signals.size(); ++i) to[i] = to[i] || signals[i];
  }
  bool is_kept(size_t signal) const { return signal < keeps_.size() && keeps_[signal]; }

  bool is_out(const ast::Inhibit& inhibit) const {
    return is_dropped(c_.file, c_.scope, c_.settings, inhibit);
  }

  void check(const ast::Inhibit& inhibit) {
    for (const ast::AlarmRef& ref : inhibit.alarms) {
      const auto symbol = c_.scope.find(ref.name.text);
      if (ref.is_lost || !symbol || symbol->kind != SymbolKind::alarm) continue;
      if (is_taken(symbol->index)) continue;
      const std::vector<bool>& own = reads_[symbol->index];
      for (size_t i = 0; i < own.size(); ++i) {
        if (!own[i] || is_kept(i)) continue;
        keeps_.resize(own.size());
        keeps_[i] = true;  // said once
        report(inhibit, ref, i);
      }
    }
  }

  void report(const ast::Inhibit& inhibit, const ast::AlarmRef& ref, size_t signal) {
    const std::string what = "nothing high would ring for " +
                             in_quotes(c_.file.signals[signal].name.text) + " while " +
                             c_.reporter.words(inhibit.condition.at, inhibit.condition.end);
    const auto floor = floor_taken(signal);
    if (!floor) {
      c_.reporter.report(ref.name.at, "E9", what, "keep one high alarm of it `never inhibited`");
      return;
    }
    const Position at = c_.settings.taken_at[*floor];
    if (!said_at_.insert({at.line, at.column}).second) return;
    c_.reporter.report(
        at, "E9", what + ": this takes out " + in_quotes(c_.file.alarms[*floor].name.text),
        "leave it in, or have the rules keep another high alarm of it `never inhibited`");
  }

  // What the plan took out and would ring through; rather one that was meant to.
  std::optional<size_t> floor_taken(size_t signal) const {
    std::optional<size_t> found;
    for (size_t n = 0; n < c_.file.alarms.size(); ++n) {
      if (!is_taken(n) || !is_free(n)) continue;
      if (signal >= reads_[n].size() || !reads_[n][signal]) continue;
      if (c_.file.alarms[n].never_inhibited) return n;
      if (!found) found = n;
    }
    return found;
  }

  const CheckContext& c_;
  std::set<std::string> inhibited_;
  std::vector<std::vector<bool>> reads_;  // by alarm, of the high ones
  std::vector<bool> keeps_;               // by signal
  std::set<std::pair<uint32_t, uint32_t>> said_at_;
};

}  // namespace

void check_inhibits(const CheckContext& c) {
  for (const ast::Inhibit& inhibit : c.file.inhibits) check_one(c, inhibit);
  check_circle(c);
  Floor(c).check();
}

}  // namespace lamplight::rules
