// A scenario file: one event a line, `+T` from the start, `#` comments (gateway design, 10).
// All mistakes of a file are found at once, each with line, column and remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/word.h"
#include "rules/model/time.h"

namespace lamplight::sim {

struct ScenarioEvent {
  Duration at;  // from the start of the scenario; never falls from event to event
  Word word;
  int line = 0;
  std::string text;  // as written, without time and comment
};

struct Mistake {
  int line = 0;
  int column = 1;  // from 1
  std::string message;
  std::string source;  // the line as written
};

struct Scenario {
  std::vector<ScenarioEvent> events;
  std::vector<Mistake> mistakes;  // not empty: do not run it
};

Scenario parse_scenario(std::string_view text);

// One line of words without `+T`, as typed to `lamplight-sim ctl`. `only`: see make_set.
[[nodiscard]] Result<Word> parse_word(std::string_view line, std::optional<Role> only);

// FILE:LINE:COLUMN: message, the source line, a caret.
std::string describe(const Mistake& mistake, std::string_view file);

}  // namespace lamplight::sim
