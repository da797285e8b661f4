// Several boots of a box on one scale of engine time: by their wall labels where both are
// synchronised, else a second apart. Export and replay from a store agree because both ask here.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "gateway/store/reader.h"

namespace lamplight::cli {

// What is added to a boot's engine time to stand on the scale.
struct Scale {
  int64_t offset = 0;
  std::optional<int64_t> wall_minus_t;  // on the scale; none: the clock was not set

  // `last_t`: of the newest sample so far, on the scale; INT64_MIN before the first.
  void next_boot(const store::Stretch& stretch, int64_t last_t) {
    const bool is_known = stretch.to_label.clock == ClockState::synchronised;
    const int64_t wall_minus_mono = stretch.to_label.unix_ns - stretch.to.ns;
    if (wall_minus_t && is_known) {
      offset = std::max(wall_minus_mono - *wall_minus_t, last_t + 1 - stretch.from.ns);
    } else if (last_t != INT64_MIN) {
      offset = last_t + seconds(1).ns - stretch.from.ns;
    }
    wall_minus_t = is_known ? std::optional(wall_minus_mono - offset) : std::nullopt;
  }
};

// The reason that a missing reading is fed in with; none: it cannot be fed in (never, stale,
// not_watching), and the old value holds until it is stale by itself.
inline Reason fed_reason(const SignalInfo& info, Reason reason) {
  if (!feedable_reason(name_of(reason))) return Reason::none;
  const auto& words = info.enumerators;
  // A state called self_test would be read as that state; it must stay unknown.
  const bool is_state = std::find(words.begin(), words.end(), name_of(reason)) != words.end();
  return is_state ? Reason::artefact : reason;
}

}  // namespace lamplight::cli
