// Alarms as a household lives them: an episode runs from `raised` to `cleared` (or `latched`, or
// the end of the recording), with how bad it was and how long the reading was really low.
#pragma once

#include <optional>
#include <vector>

#include "rules/replay/evaluate.h"

namespace lamplight::replay {

// [from, to)
struct Span {
  int64_t from = 0;
  int64_t to = 0;
  bool operator==(const Span&) const = default;
};
using Spans = std::vector<Span>;

struct Episode {
  engine::AlarmIndex alarm = 0;
  int64_t since = 0;  // when the condition that raised it began: `for` before `raised`
  int64_t raised = 0;
  int64_t ended = 0;
  bool is_open = false;                // the recording ends first
  Priority priority = Priority::info;  // the highest it had
  std::vector<int64_t> sounds;  // instants at which it begins to sound: not info, not inhibited
  Spans announced;  // where somebody can be told of it: as `sounds`, neither info nor inhibited
  int64_t unconfirmed_ns = 0;
  int64_t inhibited_ns = 0;
  int64_t true_ns = 0;           // of [since, ended): its condition, without delays, was true
  std::optional<int32_t> worst;  // of the signal it is about, in its steps
};

// The signal an alarm is about: that of the first comparison under its condition.
struct About {
  engine::SignalIndex signal = 0;
  bool low_is_bad = true;
  engine::OpIndex comparison = 0;
};
std::optional<About> about(const engine::Program& program, engine::AlarmIndex alarm);

// In order of `raised`.
std::vector<Episode> episodes_of(const engine::Program& program, const Recording& recording,
                                 const Outcome& outcome);

}  // namespace lamplight::replay
