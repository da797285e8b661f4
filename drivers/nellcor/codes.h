// The two-letter status codes of a Nellcor line: what each says, and what the values beside it are
// worth. Source: protocols reference 1.3 (mdpnp nellcor-n595.spec, NPB-290/295 manuals).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/model/quality.h"

namespace lamplight::nellcor {

struct Code {
  std::string_view letters;
  std::string_view condition = {};  // without "alarm."; empty: none
  // Not none: the values are no reading for this reason, whatever digits are printed. In the table
  // the strongest reason stands first.
  Reason reason = Reason::none;
  bool doubts = false;    // the device keeps its values but doubts them
  bool silences = false;  // its sound is paused or off
};

std::span<const Code> codes();
// nullptr: no source names it.
const Code* find_code(std::string_view letters);

}  // namespace lamplight::nellcor
