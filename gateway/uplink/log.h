// The one way from this process to its log, standard error: it never waits. What reads the log may
// hang, and then the core would take our silence for a death. A line that is not taken is counted,
// and the count told as soon as there is room again. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/uplink/mutex.h"

namespace lamplight::uplink {

class Log {
 public:
  explicit Log(int fd) : fd_(fd) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void line(std::string_view text);
  // Tells how many lines were lost, if any were: for somebody who comes by once a second.
  void tell_lost();

 private:
  void tell_lost_locked() LL_THREAD(requires_capability(mutex_));
  bool write(std::string_view text) const;

  const int fd_;
  Mutex mutex_;
  uint64_t lost_ LL_THREAD(guarded_by(mutex_)) = 0;
};

}  // namespace lamplight::uplink
