// A wall label as the files keep it: RFC 3339 in UTC with nanoseconds ("at") and the state of the
// clock behind it ("clock"). Pure; labels decide nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight::store {

// "2026-03-02T02:14:08.250000000Z"; always 9 digits, so labels sort as text.
std::string label_of(WallTime at);
// Reads any RFC 3339 instant, with an offset or Z, up to 9 digits of a second; nothing if `text`
// is none. The leap second 60 is read as 59.
std::optional<int64_t> unix_ns_of(std::string_view text);
// Unknown words read as unsynchronised: a label of doubtful worth.
ClockState clock_of(std::string_view word);

}  // namespace lamplight::store
