#include "firmware-sim/bedside.h"

#include "rules/model/assert.h"

namespace lamplight::sim {

SignalId id_of(Role role, std::string_view name) {
  const auto id = find_signal(role, name);
  LL_ASSERT(id.has_value());
  return *id;
}

Bedside::Bedside(Role role)
    : role_(role), values_(catalogue().size()), conditions_(catalogue().size()) {}

void Bedside::set(SignalId signal, int32_t from, int32_t to, MonoTime now, Duration over) {
  values_[signal] = Ramp(from, to, now, over);
}

std::optional<int32_t> Bedside::dictated(SignalId signal, MonoTime now) const {
  if (!values_[signal]) return std::nullopt;
  return values_[signal]->at(now);
}

bool Bedside::say(SignalId condition, bool present) {
  const bool before = is_present(condition);
  conditions_[condition].said = present;
  return before != present;
}

bool Bedside::decide(SignalId condition, bool present) {
  const bool before = is_present(condition);
  conditions_[condition].decided = present;
  return before != is_present(condition);
}

std::vector<SignalId> Bedside::present_conditions() const {
  std::vector<SignalId> ids;
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (conditions_[i].present()) ids.push_back(static_cast<SignalId>(i));
  }
  return ids;
}

}  // namespace lamplight::sim
