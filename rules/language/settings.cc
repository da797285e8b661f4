#include "rules/language/settings.h"

#include <algorithm>
#include <set>

#include "rules/language/cursor.h"

namespace lamplight::rules {
namespace {

std::string unit_name(const ast::Limit& limit) {
  return limit.value.unit ? limit.value.unit->name : "";
}

std::string with_unit(const ast::Limit& limit, Decimal value) {
  const std::string unit = unit_name(limit);
  return to_text(value) + (unit.empty() ? "" : " " + unit);
}

// Reports E5 if `value` is outside `allowed`; `what` is "`spo2_low at night`" without quotes.
bool is_allowed(const ast::Limit& limit, Decimal value, const std::string& what, Position at,
                Reporter& reporter) {
  const Ratio v = to_ratio(value);
  const bool below = compare(v, to_ratio(limit.allowed.low)) < 0;
  const bool above = compare(v, to_ratio(limit.allowed.high)) > 0;
  if (!below && !above) return true;
  reporter.report(at, "E5",
                  in_quotes(what + " = " + with_unit(limit, value)) + " is " +
                      (below ? "below " : "above ") +
                      to_text(below ? limit.allowed.low : limit.allowed.high),
                  "ask who may widen `allowed`, or set it within " + to_text(limit.allowed.low) +
                      ".." + to_text(limit.allowed.high));
  return false;
}

void check_limit(const ast::File& file, const ast::Limit& limit, const LimitValues& values,
                 Reporter& reporter) {
  if (compare(to_ratio(limit.allowed.low), to_ratio(limit.allowed.high)) > 0) {
    reporter.report(limit.allowed.at, "E5",
                    "allowed " + to_text(limit.allowed.low) + ".." + to_text(limit.allowed.high) +
                        " lets nothing through",
                    "write the lower end first");
    return;
  }
  is_allowed(limit, values.base, limit.name.text, limit.value.at, reporter);
  for (const ast::ProfileValue& v : limit.at) {
    is_allowed(limit, v.value.number, limit.name.text + " at " + v.profile.text, v.value.at,
               reporter);
  }
  static_cast<void>(file);
}

// The words of who signed: the role is the first of them.
bool may_change(const ast::Limit& limit, const ast::PlanSet& set, Reporter& reporter) {
  if (limit.by.empty()) return true;
  const std::string who = set.note ? set.note->by : "";
  if (set.note && set.note->is_broken && who.empty()) return true;  // nobody knows who signed
  const std::string role = who.substr(0, who.find(' '));
  const bool known = std::any_of(limit.by.begin(), limit.by.end(),
                                 [&](const ast::Name& name) { return name.text == role; });
  if (known) return true;
  std::string roles;
  for (const ast::Name& name : limit.by) roles += (roles.empty() ? "" : ", ") + name.text;
  reporter.report(set.note ? set.note->at : set.name.at, "E5",
                  in_quotes(set.name.text) + " may be changed by " + roles + " only" +
                      (set.note ? ", not by \"" + who + "\"" : ", and nobody has signed this"),
                  "let a " + limit.by.front().text + " sign it: by \"" + limit.by.front().text +
                      " …\" on DATE because \"…\"");
  return false;
}

bool set_hours(const ast::File& file, const Scope& scope, const ast::PlanSet& set,
               Settings& settings, Reporter& reporter) {
  const auto symbol = scope.find(set.name.text);
  if (!symbol || symbol->kind != SymbolKind::profile || set.profile) {
    reporter.report(set.name.at, "E12", in_quotes(set.name.text) + ": no such profile",
                    scope.did_you_mean(set.name.text));
    return false;
  }
  static_cast<void>(file);
  settings.hours[symbol->index] = *set.hours;
  return true;
}

void apply_off(const ast::File& file, const Scope& scope, const ast::PlanSwitch& off,
               Settings& settings, Reporter& reporter) {
  const auto symbol = scope.find(off.name.text);
  if (scope.is_broken(off.name.text)) return;
  if (!symbol || symbol->kind != SymbolKind::alarm) {
    reporter.report(off.name.at, "E12", in_quotes(off.name.text) + ": no such alarm",
                    scope.did_you_mean(off.name.text));
    return;
  }
  if (file.alarms[symbol->index].never_inhibited) {
    reporter.report(off.name.at, "E5",
                    in_quotes(off.name.text) + " is never inhibited and cannot be turned off",
                    "leave it on, or ask who may change the rules");
    return;
  }
  settings.alarm_off[symbol->index] = true;
  settings.taken_at[symbol->index] = off.name.at;
}

void apply_without(const ast::File& file, const Scope& scope, const ast::PlanSwitch& without,
                   Settings& settings, Reporter& reporter) {
  bool any = false;
  for (size_t i = 0; i < file.signals.size(); ++i) {
    if (role_part(file.signals[i].path.text) != without.name.text) continue;
    settings.signal_removed[i] = true;
    any = true;
  }
  if (!any) {
    if (scope.has_broken()) return;
    reporter.report(without.name.at, "E12",
                    in_quotes(without.name.text) + ": the rules read no device of this role",
                    "remove this line, or write oximeter, ventilator, pump or contact");
    return;
  }
  settings.without.push_back(without.name.text);
  for (size_t i = 0; i < file.alarms.size(); ++i) {
    const std::vector<bool> reads = signals_of(file, scope, file.alarms[i]);
    for (size_t k = 0; k < reads.size(); ++k) {
      if (!reads[k] || !settings.signal_removed[k] || settings.alarm_removed[i]) continue;
      settings.alarm_removed[i] = true;
      settings.taken_at[i] = without.name.at;
    }
  }
}

}  // namespace

Settings default_settings(const ast::File& file, const Scope& scope, Reporter& reporter) {
  Settings out;
  for (const ast::Limit& limit : file.limits) {
    LimitValues values;
    values.base = limit.value.number;
    values.at.resize(file.profiles.size());
    for (const ast::ProfileValue& v : limit.at) {
      const auto symbol = scope.find(v.profile.text);
      if (!symbol || symbol->kind != SymbolKind::profile) continue;
      if (values.at[symbol->index]) {
        reporter.report(
            v.profile.at, "E12",
            in_quotes(limit.name.text) + " has a second value at " + in_quotes(v.profile.text),
            "keep one of them");
      }
      values.at[symbol->index] = v.value.number;
    }
    check_limit(file, limit, values, reporter);
    out.limits.push_back(std::move(values));
  }
  for (const ast::Profile& p : file.profiles) out.hours.push_back(p.hours);
  out.alarm_off.resize(file.alarms.size());
  out.alarm_removed.resize(file.alarms.size());
  out.taken_at.resize(file.alarms.size());
  out.signal_removed.resize(file.signals.size());
  return out;
}

bool apply_set(const ast::File& file, const Scope& scope, const ast::PlanSet& set,
               Settings& settings, Reporter& reporter) {
  if (scope.is_broken(set.name.text)) return false;
  if (set.hours) return set_hours(file, scope, set, settings, reporter);
  const auto symbol = scope.find(set.name.text);
  if (!symbol || symbol->kind != SymbolKind::limit) {
    reporter.report(set.name.at, "E12", in_quotes(set.name.text) + ": no such limit",
                    scope.did_you_mean(set.name.text));
    return false;
  }
  const ast::Limit& limit = file.limits[symbol->index];
  const std::string given = set.value->unit ? set.value->unit->name : "";
  if (given != unit_name(limit)) {
    const std::string text = in_quotes(set.name.text + " = " + to_text(set.value->number) +
                                       (given.empty() ? "" : " " + given));
    reporter.report(set.value->at, "E1",
                    given.empty() ? text + ": " + to_text(set.value->number) + " what?"
                                  : text + ": the rules write it in " + in_quotes(unit_name(limit)),
                    "write `" + with_unit(limit, set.value->number) + "`");
    return false;
  }
  std::optional<size_t> profile;
  if (set.profile) {
    const auto found = scope.find(set.profile->text);
    if (!found && scope.is_broken(set.profile->text)) return false;
    if (!found || found->kind != SymbolKind::profile) {
      reporter.report(set.profile->at, "E12", in_quotes(set.profile->text) + ": no such profile",
                      scope.did_you_mean(set.profile->text));
      return false;
    }
    profile = found->index;
  }
  const std::string what = set.name.text + (set.profile ? " at " + set.profile->text : "");
  if (!is_allowed(limit, set.value->number, what, set.value->at, reporter)) return false;
  LimitValues& values = settings.limits[symbol->index];
  if (profile) {
    values.at[*profile] = set.value->number;
  } else {
    values.base = set.value->number;
  }
  return true;
}

void apply_plan(const ast::File& file, const Scope& scope, const ast::Plan& plan,
                Settings& settings, Reporter& reporter) {
  const bool is_other = plan.rules_title != file.title || plan.rules_version != file.version;
  if (is_other && !plan.is_header_broken && !file.is_header_broken) {
    reporter.report(plan.rules_at, "E12",
                    "this plan is for rules " + std::to_string(plan.rules_version) + " \"" +
                        plan.rules_title + "\", and these are rules " +
                        std::to_string(file.version) + " \"" + file.title + "\"",
                    "review the plan against these rules, then change its first line");
  }
  std::set<std::string> seen;
  for (const ast::PlanSet& set : plan.sets) {
    const std::string what = set.name.text + (set.profile ? " at " + set.profile->text : "");
    if (!seen.insert(what).second) {
      reporter.report(set.name.at, "E12", in_quotes(what) + " is set twice", "keep one of them");
    }
    if (!apply_set(file, scope, set, settings, reporter)) continue;
    const auto symbol = scope.find(set.name.text);
    if (symbol && symbol->kind == SymbolKind::limit) {
      may_change(file.limits[symbol->index], set, reporter);
    }
  }
  for (const ast::PlanSwitch& off : plan.off) apply_off(file, scope, off, settings, reporter);
  for (const ast::PlanSwitch& w : plan.without) apply_without(file, scope, w, settings, reporter);
}

}  // namespace lamplight::rules
