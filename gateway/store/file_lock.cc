#include "gateway/store/file_lock.h"

#include <poll.h>
#include <sys/file.h>

#include <cerrno>

namespace lamplight::store {

int lock_file(int fd, const std::function<void()>& pause) {
  constexpr int kTries = 100;
  constexpr int kPauseMs = 10;
  for (int tries = 1; ::flock(fd, LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK || tries == kTries) return errno;
    if (pause) {
      pause();
    } else {
      ::poll(nullptr, 0, kPauseMs);
    }
  }
  return 0;
}

}  // namespace lamplight::store
