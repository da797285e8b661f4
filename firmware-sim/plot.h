// A scenario as a picture: what the child's devices measure and say, second by second, as one SVG
// file that any browser shows. Drawn from a rehearsal, so the same file gives the same picture.
#pragma once

#include <string>

#include "firmware-sim/rehearsal.h"

namespace lamplight::sim {

// `length`: how many seconds to draw. The title is the name of the scenario.
std::string plot_svg(Rehearsal& rehearsal, const Scenario& scenario, Duration length,
                     const std::string& title);

}  // namespace lamplight::sim
