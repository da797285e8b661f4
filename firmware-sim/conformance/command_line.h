// The command line → Settings, or the exit code of a usage error or of --help.
#pragma once

#include <variant>

#include "firmware-sim/conformance/settings.h"

namespace lamplight::conformance {
std::variant<Settings, int> parse_command_line(int argc, char** argv);
}  // namespace lamplight::conformance
