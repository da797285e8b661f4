#include "drivers/sdk/wire/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace lamplight::wire {

Channel::Channel(int fd) : fd_(fd) {
  if (fd_ < 0) return;
  const int status = ::fcntl(fd_, F_GETFL);
  if (status >= 0) ::fcntl(fd_, F_SETFL, status | O_NONBLOCK);
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
}

Channel::~Channel() { close(); }

Channel& Channel::operator=(Channel&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Channel::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::pair<Channel, Channel>, int> Channel::pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return failure(int{errno});
  }
  return std::pair{Channel(ends[0]), Channel(ends[1])};
}

Transfer Channel::send(std::span<const uint8_t> datagram) {
  // An empty datagram would look like the end of the connection to the other side.
  if (fd_ < 0 || datagram.empty()) return Transfer::broken;
  ssize_t sent = 0;
  do {
    sent = ::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return Transfer::done;
  switch (errno) {
    case EAGAIN:
    case ENOBUFS:
      return Transfer::would_block;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      return Transfer::closed;
    default:
      return Transfer::broken;
  }
}

Received Channel::receive(std::span<uint8_t> buffer) {
  if (fd_ < 0) return {};
  ssize_t got = 0;
  do {
    // MSG_TRUNC returns the datagram's true length, so a cut one cannot pass for a whole one.
    got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {Transfer::closed, {}};
  if (got < 0) {
    if (errno == EAGAIN) return {Transfer::would_block, {}};
    if (errno == ECONNRESET) return {Transfer::closed, {}};
    return {};
  }
  const auto length = static_cast<size_t>(got);
  if (length > buffer.size()) return {};
  return {Transfer::done, buffer.first(length)};
}

Result<PeerCredentials, int> Channel::peer() const {
  ucred who{};
  socklen_t length = sizeof who;
  if (::getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) {
    return failure(int{errno});
  }
  return PeerCredentials{who.pid, who.uid, who.gid};
}

}  // namespace lamplight::wire
