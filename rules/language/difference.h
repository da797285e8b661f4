// What one set of rules does otherwise than another: "oxygen_low: rings 5 s later (15 s instead of
// 10 s)". Found on the compiled rules with the values in force, so that a limit that is changed
// shows at every alarm that reads it, and a comment or another order of lines shows nowhere.
#pragma once

#include <string>
#include <vector>

#include "rules/language/compile.h"

namespace lamplight::rules {

struct Difference {
  std::string kind;     // "gone", "new", "delay", "condition", "severity", "limit", "allowed" …
  std::string subject;  // "alarm oxygen_low", "limit spo2_low", "lost spo2"
  std::string sentence;
  std::string before;  // what the sentence compares, where there is such a thing
  std::string after;
};

std::vector<Difference> differences(const Compiled& before, const Compiled& after);

}  // namespace lamplight::rules
