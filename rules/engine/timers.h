// Timers of the alarm's life by priority: alarms design, section 6, default column. In version 1
// of the language only `remind every` may set one.
#pragma once

#include "rules/engine/program.h"

namespace lamplight::engine {

// 0 = never: a low alarm's acknowledgement ends with its occurrence.
constexpr Duration ack_timeout(Priority p) {
  switch (p) {
    case Priority::high:
      return seconds(120);
    case Priority::medium:
      return minutes(10);
    case Priority::low:
    case Priority::info:
      return {};
  }
  return {};
}

constexpr Duration remind_every(Priority p) {
  switch (p) {
    case Priority::high:
      return seconds(60);
    case Priority::medium:
      return minutes(3);
    case Priority::low:
      return minutes(10);
    case Priority::info:
      return {};
  }
  return {};
}

// The longest audio pause, and the one that is meant where no length is said.
constexpr Duration audio_pause_max(Priority p) {
  switch (p) {
    case Priority::high:
    case Priority::medium:
      return seconds(120);
    case Priority::low:
      return minutes(10);
    case Priority::info:
      return {};
  }
  return {};
}

inline Duration remind_every(const Alarm& alarm, Priority p) {
  return alarm.remind_every.ns > 0 ? alarm.remind_every : remind_every(p);
}

}  // namespace lamplight::engine
