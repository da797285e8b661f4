#include "gateway/store/label.h"

#include "rules/model/rfc3339.h"

namespace lamplight::store {

std::string label_of(WallTime at) { return format_rfc3339(at.unix_ns, 9); }

WallTime wall_time_of(std::string_view label, std::string_view clock) {
  const auto unix_ns = parse_rfc3339(label);
  if (!unix_ns) return {};
  return {*unix_ns, clock_of(clock)};
}

ClockState clock_of(std::string_view word) {
  for (const auto state : {ClockState::synchronised, ClockState::stepped}) {
    if (word == name_of(state)) return state;
  }
  return ClockState::unsynchronised;
}

}  // namespace lamplight::store
