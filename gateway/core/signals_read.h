// Which readings a condition looks at: for the evidence of an event, for the melody of a sound, and
// for the `lost` alarm that goes on when an alarm cannot be judged.
#pragma once

#include <optional>
#include <vector>

#include "rules/engine/program.h"

namespace lamplight::core {

// The one signal that an atom reads, if it is one.
std::optional<engine::SignalIndex> signal_of(const engine::Program& program,
                                             const engine::Operation& op);

// Every signal under `root`, each once, in the order in which the text names them. None: it reads
// limits, buttons or technical facts alone.
std::vector<engine::SignalIndex> signals_under(const engine::Program& program,
                                               engine::OpIndex root);

}  // namespace lamplight::core
