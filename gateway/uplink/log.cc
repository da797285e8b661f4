#include "gateway/uplink/log.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace lamplight::uplink {
namespace {

// Less than PIPE_BUF: a pipe that poll() calls writable takes so much without blocking.
constexpr size_t kLineMax = 4000;

}  // namespace

void Log::line(std::string_view text) {
  const Locked locked(mutex_);
  tell_lost_locked();
  if (lost_ > 0 || !write(text)) ++lost_;
}

void Log::tell_lost() {
  const Locked locked(mutex_);
  tell_lost_locked();
}

void Log::tell_lost_locked() {
  if (lost_ > 0 && write(std::to_string(lost_) + " lines of this log were lost")) lost_ = 0;
}

bool Log::write(std::string_view text) const {
  std::string line = "lamplight-uplink: ";
  line.append(text.substr(0, kLineMax - line.size() - 1)).push_back('\n');
  // The journal is a socket, which can refuse; a pipe can only be asked before.
  if (::send(fd_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
  if (errno != ENOTSOCK) return false;
  pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
  return ::write(fd_, line.data(), line.size()) >= 0;
}

}  // namespace lamplight::uplink
