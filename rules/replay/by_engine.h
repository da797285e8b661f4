// A condition by the online engine itself: for what columns have no form of their own (windows,
// ages, sums of several signals). Only the operations under it run, over only the signals they
// read, with a look at every instant at which anything can happen: exact by construction.
#pragma once

#include "rules/engine/program.h"
#include "rules/replay/recording.h"
#include "rules/replay/timeline.h"

namespace lamplight::replay {

// The program with nothing in it but what `op` needs; `op` becomes its last operation.
engine::Program only(const engine::Program& program, engine::OpIndex op);

Timeline truth_by_engine(const engine::Program& program, engine::OpIndex op,
                         const Recording& recording);

}  // namespace lamplight::replay
