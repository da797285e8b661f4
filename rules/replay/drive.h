// The online engine over a recording, stepped to every instant at which anything can happen: a row,
// a change of profiles, a deadline. So whoever looks after each step sees every turn at its
// instant.
#pragma once

#include <functional>
#include <vector>

#include "rules/engine/engine.h"
#include "rules/replay/recording.h"

namespace lamplight::replay {

// After each step, with its effects; they are cleared behind it.
using Look =
    std::function<void(const engine::Engine& engine, const engine::EffectList& effects, int64_t t)>;

// `read`: the signals fed in, by signal; empty: all.
void drive(const engine::Program& program, const Recording& recording,
           const std::vector<bool>& read, const Look& look);

}  // namespace lamplight::replay
