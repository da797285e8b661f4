// Live words: one line, JSON (`{"set":{"spo2":84}}`) or a scenario line without its time, to the
// words it means. Strict: an unknown key or name is an error that says what there is.
#pragma once

#include <string_view>
#include <vector>

#include "firmware-sim/word.h"

namespace lamplight::sim {

// `only`: the one role of a simulator of one device; it then needs no "device" key.
[[nodiscard]] Result<std::vector<Word>> parse_steering(std::string_view line,
                                                       std::optional<Role> only);

std::string answer_ok();
std::string answer_error(std::string_view why);

}  // namespace lamplight::sim
