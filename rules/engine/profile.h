// Which profiles are active at a moment of local civil time. A pure function: the caller looks the
// time up (gateway: the wall clock; replay: --wall and TZ) and hands the set to the engine.
#pragma once

#include <cstdint>

#include "rules/engine/program.h"

namespace lamplight::engine {

struct LocalTime {
  int weekday = 0;  // 0 = monday
  int second_of_day = 0;
};

ProfileSet active_profiles(const Program& program, LocalTime at);
// Seconds from `at` to the next civil minute at which the set may change, at least 1 and at most a
// day. Around a change of daylight saving time, look up again: civil time jumps there.
int seconds_to_switch(const Program& program, LocalTime at);

}  // namespace lamplight::engine
