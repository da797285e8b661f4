// A pseudo-terminal: the test is the device at the master's end.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace lamplight::test {

class Pty {
 public:
  Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_GE(master_, 0);
    EXPECT_EQ(::grantpt(master_), 0);
    EXPECT_EQ(::unlockpt(master_), 0);
    char name[64] = {};
    EXPECT_EQ(::ptsname_r(master_, name, sizeof name), 0);
    path_ = name;
  }
  ~Pty() { unplug(); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  const std::string& path() const { return path_; }
  int master() const { return master_; }
  void say(std::string_view text) const {
    EXPECT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void unplug() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }

 private:
  int master_;
  std::string path_;
};

// Waits for the kernel, not for time: true once `fd` has one of `events`.
inline bool wait_for(int fd, short events, int limit_ms = 5000) {
  pollfd wait{fd, events, 0};
  return ::poll(&wait, 1, limit_ms) == 1;
}

}  // namespace lamplight::test
