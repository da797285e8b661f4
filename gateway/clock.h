// The only place of lamplightd that reads a clock. MonoTime (CLOCK_BOOTTIME) decides; WallTime is
// a label with its worth. A step of the wall clock is seen by a timer that the kernel cancels.
// In test builds the file named by LL_TEST_WALL (`offset_ns state`) shifts the wall clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rules/model/time.h"

namespace lamplight {

MonoTime mono_now();

// The kernel's id of this boot of the box; all zeros where there is none.
std::string boot_id();

// The civil time of a label, in the box's time zone (TZ).
struct CivilTime {
  int weekday = 0;  // 0 = monday
  int second_of_day = 0;
};
CivilTime civil_time(WallTime at);

class WallClock {
 public:
  WallClock();
  ~WallClock();
  WallClock(const WallClock&) = delete;
  WallClock& operator=(const WallClock&) = delete;

  // Readable when the clock was set; for epoll. -1 where the kernel has no such timer.
  int fd() const { return fd_; }

  struct Reading {
    WallTime label;
    std::optional<int64_t> stepped_ms;  // set since the last reading, by so much
    bool synchronised = false;          // says the kernel, whatever the label says of a step
  };
  // A label for now. Says once that the clock was stepped.
  Reading read();

 private:
  void arm() const;
  bool was_set();

  int fd_ = -1;
  std::optional<int64_t> ahead_ns_;  // wall minus monotonic, at the last reading
};

}  // namespace lamplight
