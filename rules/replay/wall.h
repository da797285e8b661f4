// Wall time for replay: an RFC 3339 instant, and the profile switches that follow from it by local
// civil time. How an instant becomes civil time (TZ) is given as a function: no OS here.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "rules/engine/profile.h"
#include "rules/model/result.h"

namespace lamplight::replay {

// What `--wall` says, as RFC 3339; the error shows what an instant looks like.
[[nodiscard]] Result<int64_t> parse_wall(std::string_view text);

using CivilTime = std::function<engine::LocalTime(int64_t unix_seconds)>;

// UTC, for callers without a zone.
engine::LocalTime utc_time(int64_t unix_seconds);

class ProfileClock {
 public:
  // At engine time `start` the wall shows `unix_ns`. The program must outlive the clock.
  ProfileClock(const engine::Program& program, CivilTime civil, int64_t start, int64_t unix_ns);

  engine::ProfileSet active_at(int64_t t) const;
  // The next engine time after `t` at which the set differs from that at `t`, at most `until`;
  // `until` if there is none.
  int64_t next_switch(int64_t t, int64_t until) const;

 private:
  const engine::Program& program_;
  CivilTime civil_;
  int64_t offset_ns_;  // unix = engine + offset
};

}  // namespace lamplight::replay
