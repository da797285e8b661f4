// What each profile demands: the numbers that every device of the role must carry, those at and
// beyond the ends of a device's range, and which conditions mean that there is no reading. Sources:
// the ranges of the protocols reference, section 12 of the alarm design, and the bit widths of the
// fields met there.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rules/model/catalogue.h"

namespace lamplight::conformance {

struct Edges {
  std::string_view name;          // of the signal, without its role
  std::span<const int32_t> must;  // in steps: told as it is
  std::span<const int32_t> may;   // told as it is, or as missing; never as another number
};

// Nothing for a signal that is not steered.
const Edges* find_edges(SignalId signal);

// Beside this condition no number of the role is a reading, whatever digits the device still shows.
bool means_no_reading(SignalId condition);

// "84 percent", "feeding", "on"
std::string text_of(SignalId signal, int32_t value);

// What to look at when `seen` came instead of `expected`.
std::string remedy_for_value(SignalId signal, int32_t expected, int32_t seen);

}  // namespace lamplight::conformance
