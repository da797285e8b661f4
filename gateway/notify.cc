#include "gateway/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace lamplight {
namespace {

std::string taken_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

}  // namespace

Notifier::Notifier() {
  address_ = taken_from_environment("NOTIFY_SOCKET");
  const std::string period_us = taken_from_environment("WATCHDOG_USEC");
  const std::string pid = taken_from_environment("WATCHDOG_PID");
  if (pid.empty() || pid == std::to_string(::getpid())) {
    const int64_t us = std::strtoll(period_us.c_str(), nullptr, 10);
    if (us > 0) watchdog_ = nanoseconds(us * 1000);
  }
  if (address_.empty() || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (address_.front() == '@') address_.front() = '\0';
  fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Notifier::~Notifier() {
  if (fd_ >= 0) ::close(fd_);
}

void Notifier::send(std::string_view assignment) {
  if (fd_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  (void)::sendto(fd_, assignment.data(), assignment.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to), length);
}

}  // namespace lamplight
