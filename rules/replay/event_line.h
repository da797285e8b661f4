// One event as one line of replay's output: keys in a fixed order, exact decimals.
#pragma once

#include <functional>
#include <string>

#include "rules/engine/effects.h"
#include "rules/engine/program.h"

namespace lamplight::replay {

// {"t":20,"alarm":"oxygen_low","event":"raised","priority":"high","evidence":{…}} and, where they
// apply, cause, reasons, previous, again; without a line end. t is in seconds of the input's scale.
// From a store also "wall", the label of t (empty: the clock was not set), and "emitted".
using WallLabel = std::function<std::string(int64_t t)>;
void append_event_line(const engine::Program& program, const engine::EffectList& effects,
                       const engine::Event& event, std::string& out, const WallLabel& wall = {});

}  // namespace lamplight::replay
