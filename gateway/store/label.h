// A wall label as the files keep it: RFC 3339 in UTC with nanoseconds ("at") and the state of the
// clock behind it ("clock"). Pure; labels decide nothing.
#pragma once

#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight::store {

// "2026-03-02T02:14:08.250000000Z"; always 9 digits, so labels sort as text.
std::string label_of(WallTime at);
// Both columns back. A label that is none reads as 1970 of an unsynchronised clock, whatever the
// other column says: nothing may be reckoned with it.
WallTime wall_time_of(std::string_view label, std::string_view clock);
// Unknown words read as unsynchronised: a label of doubtful worth.
ClockState clock_of(std::string_view word);

}  // namespace lamplight::store
