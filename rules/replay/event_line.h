// One event as one line of replay's output: keys in a fixed order, exact decimals.
#pragma once

#include <string>

#include "rules/engine/effects.h"
#include "rules/engine/program.h"

namespace lamplight::replay {

// {"t":20,"alarm":"oxygen_low","event":"raised","priority":"high","evidence":{…}} and, where they
// apply, cause, reasons, previous, again; without a line end. t is in seconds of the input's scale.
void append_event_line(const engine::Program& program, const engine::EffectList& effects,
                       const engine::Event& event, std::string& out);

}  // namespace lamplight::replay
