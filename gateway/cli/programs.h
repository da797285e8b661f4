// Rules files and plans as programs, for the commands that run them over recorded samples.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/engine/profile.h"
#include "rules/engine/program.h"
#include "rules/language/parse.h"

namespace lamplight::cli {

// The text of a file; nothing, and a message, when it cannot be read.
std::optional<rules::SourceText> source_of(const std::string& name);

// Nothing when a file cannot be read or has errors; they have been told. `plan` may be empty. No
// catalogue is asked: recorded samples bind no device.
std::optional<engine::Program> program_of(const std::vector<std::string>& rules,
                                          const std::string& plan);

// Civil time in the zone of this machine (TZ).
engine::LocalTime local_time(int64_t unix_seconds);

}  // namespace lamplight::cli
