// A device that prints its clock in every line: has that clock stopped while lines still come? Then
// they are one old line said again and again. A clock that was set, forwards or back, has moved.
#pragma once

#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight::sdk {

class ClockWatch {
 public:
  // `longest`: how long two lines of a device that works may show the same clock.
  explicit ClockWatch(Duration longest) : longest_(longest) {}

  // A stream begins: what was seen before says nothing of it.
  void begin() { clock_.clear(); }
  bool has_stopped(std::string_view clock, MonoTime at) {
    if (clock == clock_) return at - moved_at_ > longest_;
    clock_ = clock;
    moved_at_ = at;
    return false;
  }

 private:
  Duration longest_;
  std::string clock_;  // the last line's
  MonoTime moved_at_;  // when that was first read
};

}  // namespace lamplight::sdk
