// sd_notify as one datagram: says READY, WATCHDOG, STATUS and STOPPING to whoever started us,
// lamplightd or the sounder. Without NOTIFY_SOCKET everything is silently nothing. Never blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight {

class Notifier {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the environment,
  // so that children do not speak in our name.
  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // "READY=1", "WATCHDOG=1", "STATUS=…", "STOPPING=1"
  void send(std::string_view assignment);
  // How often WATCHDOG=1 is expected, if at all.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  int fd_ = -1;
  std::string address_;  // sun_path; begins with a zero byte when abstract
  std::optional<Duration> watchdog_;
};

}  // namespace lamplight
