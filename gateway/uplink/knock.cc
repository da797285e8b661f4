#include "gateway/uplink/knock.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace lamplight::uplink {
namespace {

bool answers(const addrinfo& at, int wait_ms) {
  const int fd = ::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool open = ::connect(fd, at.ai_addr, at.ai_addrlen) == 0;
  if (!open && errno == EINPROGRESS) {
    pollfd done{.fd = fd, .events = POLLOUT, .revents = 0};
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (::poll(&done, 1, wait_ms) == 1) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    open = error == 0;
  }
  ::close(fd);
  return open;
}

}  // namespace

bool somebody_listens(const std::string& host, uint16_t port, int wait_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (answers(*at, wait_ms)) return true;
  }
  return false;
}

}  // namespace lamplight::uplink
