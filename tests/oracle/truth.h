// Truth of a condition over all time, by the table of 4.3 and nothing else.
#pragma once

#include "tests/oracle/timeline.h"
#include "tests/oracle/values.h"

namespace lamplight::oracle {

// With `now_part` every `x for D` is read as x (4.6).
// `alarm_truth`: what an alarm is as a condition, under an inhibition only.
using AlarmTruth = std::function<Timeline(const std::string&)>;
Timeline truth_of(const World& world, const rules::ast::Condition& condition, bool now_part,
                  const AlarmTruth* alarm_truth = nullptr);

// Conditions that have no text of their own: `lost x for D` and the default clear.
Timeline lost_truth(const World& world, const std::string& signal);
Timeline held_for(const World& world, const Timeline& inner, const rules::ast::Span& span,
                  const rules::ast::Span* gaps);
Timeline inverse(const Timeline& inner);
Timeline either_of(const World& world, const Timeline& a, const Timeline& b);
// Of a condition without parts, at one instant.
Kleene atom_at(const World& world, const rules::ast::Condition& c, int64_t t,
               const FactorAt* factor_at = nullptr);

}  // namespace lamplight::oracle
