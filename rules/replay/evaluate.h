// The one way to run a program over a recording: columns where they can, else the online engine,
// and always which of the two it was. Both give the same outcome (tests/replay proves it on random
// programs and traces); columns do it a thousand times faster.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "rules/replay/conditions.h"
#include "rules/replay/outcome.h"

namespace lamplight::replay {

struct Evaluated {
  Outcome outcome;
  Choice choice;
};

struct Ask {
  std::optional<BackEnd> by{};         // none: columns if they can
  std::vector<bool> alarms{};          // wanted, by alarm; empty: all
  std::function<void(double)> done{};  // share of the work done, now and then; may be empty
};

// `cache` is of this recording and of others over the same columns.
Evaluated evaluate(const engine::Program& program, const Recording& recording, AtomCache& cache,
                   const Ask& ask = {});

// What columns cannot evaluate in this program; empty: nothing.
std::string beyond_columns(const engine::Program& program);

Outcome by_columns(const engine::Program& program, const Recording& recording, AtomCache& cache,
                   const Ask& ask, std::vector<std::string>& conditions);
Outcome online(const engine::Program& program, const Recording& recording, const Ask& ask);

}  // namespace lamplight::replay
