// Two small things both loops need: how long poll may wait, and a line for the core's log.
#pragma once

#include <algorithm>
#include <string_view>

#include "drivers/sdk/core_link.h"
#include "rules/model/json_writer.h"
#include "rules/model/time.h"

namespace lamplight::sdk {

// Milliseconds until the deadline, rounded up, so that a loop never spins just before it.
inline int wait_ms(MonoTime now, MonoTime deadline) {
  if (deadline <= now) return 0;
  constexpr int64_t kNsPerMs = 1'000'000;
  const int64_t ns = std::min(deadline.ns - now.ns, seconds(60).ns);
  return static_cast<int>((ns + kNsPerMs - 1) / kNsPerMs);
}

// `level`: debug, info, warn, error.
inline void say_log(CoreLink& core, std::string_view level, std::string_view text) {
  std::string message;
  JsonWriter json(message);
  json.begin_object().key("type").string("log").key("level").string(level);
  json.key("text").string(text).end_object();
  core.say(std::move(message));
}

}  // namespace lamplight::sdk
