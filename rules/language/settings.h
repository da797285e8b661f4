// What one child's plan makes of the rules: the limits' values, the profiles' hours, which alarms
// are off and which device is not there. Without a plan, the rules' own values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/reporter.h"
#include "rules/language/scope.h"

namespace lamplight::rules {

struct LimitValues {
  Decimal base;
  std::vector<std::optional<Decimal>> at;  // by profile
};

struct Settings {
  std::vector<LimitValues> limits;    // as File::limits, in the limit's own unit
  std::vector<ast::TimeRange> hours;  // as File::profiles
  std::vector<bool> alarm_off;        // as File::alarms: by name in the plan
  std::vector<std::string> without;   // roles
  std::vector<bool> signal_removed;   // as File::signals: of a role in `without`
  std::vector<bool> alarm_removed;    // as File::alarms: reads a removed signal
  std::vector<Position> taken_at;     // as File::alarms: the plan's word that took it out
};

// The rules' own values; reports E5 for those outside `allowed`.
Settings default_settings(const ast::File& file, const Scope& scope, Reporter& reporter);
// Puts a plan over them. E5: outside `allowed`, or not this role's to change; E12: names nothing.
void apply_plan(const ast::File& file, const Scope& scope, const ast::Plan& plan,
                Settings& settings, Reporter& reporter);
// One limit or profile, as a plan or a test sets it. False if it was refused.
bool apply_set(const ast::File& file, const Scope& scope, const ast::PlanSet& set,
               Settings& settings, Reporter& reporter);

// Signals that a condition or a sum reads, through lets, each once: result[i] for File::signals[i].
void mark_signals(const ast::File& file, const Scope& scope, const ast::Condition& c,
                  std::vector<bool>& result);
void mark_signals(const ast::File& file, const Scope& scope, const ast::Sum& sum,
                  std::vector<bool>& result);
// Signals that decide an alarm: its when, clear and worsens. Texts do not count.
std::vector<bool> signals_of(const ast::File& file, const Scope& scope, const ast::Alarm& alarm);

// "oximeter" of "oximeter.spo2".
std::string_view role_part(std::string_view path);

}  // namespace lamplight::rules
