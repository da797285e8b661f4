// The operators over whole timelines (language, 4.3): they look at turns and at their own due
// instants, never at samples. All end at `end`, that instant included.
#pragma once

#include "rules/replay/timeline.h"

namespace lamplight::replay {

Timeline negated(const Timeline& a);
Timeline both(const Timeline& a, const Timeline& b);
Timeline either(const Timeline& a, const Timeline& b);
Timeline since(const Timeline& a, const Timeline& b);

// `a for length`; with `bridged`, `ignoring gaps up to` it.
Timeline held_for(const Timeline& a, const Steps& length, const Steps* bridged, int64_t end);
// `a within last length`.
Timeline within_last(const Timeline& a, const Steps& length, int64_t end);
// `count of (a) starting within length >= least`.
Timeline counted(const Timeline& a, int64_t length, size_t least, int64_t end);
// A lease over `a` of at most `most` (kEnd: while it holds): language, 4.7.
Timeline leased(const Timeline& a, const Steps* most, int64_t end);

// Nanoseconds of [from, to) in which it has this truth.
int64_t time_in(const Timeline& line, Truth truth, int64_t from, int64_t to);

}  // namespace lamplight::replay
