// The TCP side of port.h: a listener and its connections. Unplugged means that the listener and
// every connection are gone, as when the cable of a serial server is pulled.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "firmware-sim/port.h"

namespace lamplight::sim {
namespace {

constexpr size_t kConnectionsMax = 16;

class TcpPort;

class Connection final : public Watcher {
 public:
  Connection(TcpPort& owner, Loop& loop, PortUser& user, Peer peer, int fd)
      : owner_(owner), loop_(loop), user_(&user), peer_(peer), fd_(fd) {
    id_ = loop_.add(fd_, EPOLLIN, *this);
  }
  ~Connection() override {
    loop_.remove(id_, fd_);
    close(fd_);
  }
  void ready(uint32_t) override;
  bool write(std::span<const uint8_t> bytes) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == static_cast<ssize_t>(bytes.size())) return true;
    // Gone or not reading. The loop takes the connection away: whoever writes may stand in the
    // middle of what this connection asked.
    shutdown(fd_, SHUT_RDWR);
    return false;
  }

 private:
  TcpPort& owner_;
  Loop& loop_;
  PortUser* user_;
  Peer peer_;
  int fd_;
  uint64_t id_;
};

class TcpPort final : public Port, public Watcher {
 public:
  TcpPort(Loop& loop, PortUser& user, std::string host, uint16_t port)
      : loop_(loop), user_(&user), host_(std::move(host)), port_(port) {}
  ~TcpPort() override { unplug(); }

  Status plug() override {
    if (fd_ >= 0) return {};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    if (inet_pton(AF_INET, host_.c_str(), &address.sin_addr) != 1) {
      return failure("'" + host_ + "' is not an IPv4 address; write it like 127.0.0.1");
    }
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_, generic, size) != 0 || listen(fd_, 16) != 0 ||
        getsockname(fd_, generic, &size) != 0) {
      Status failed = failure("cannot listen on " + host_ + ":" + std::to_string(port_) + ": " +
                              std::strerror(errno) + "; port 0 takes any free one");
      close(fd_);
      fd_ = -1;
      return failed;
    }
    port_ = ntohs(address.sin_port);
    id_ = loop_.add(fd_, EPOLLIN, *this);
    return {};
  }

  void unplug() override {
    if (fd_ < 0) return;
    loop_.remove(id_, fd_);
    close(fd_);
    fd_ = -1;
    connections_.clear();
  }

  bool is_plugged() const override { return fd_ >= 0; }
  bool is_serial() const override { return false; }
  void deliver_to(PortUser& user) override { user_ = &user; }
  std::string address() const override { return "tcp:" + host_ + ":" + std::to_string(port_); }

  Sent write(Peer peer, std::span<const uint8_t> bytes) override {
    if (fd_ < 0) return Sent::unplugged;
    if (peer != 0) {
      const auto found = connections_.find(peer);
      if (found == connections_.end()) return Sent::nobody_listens;
      return found->second->write(bytes) ? Sent::written : Sent::not_taken;
    }
    Sent result = Sent::nobody_listens;
    for (auto& [id, connection] : connections_) {
      const bool taken = connection->write(bytes);
      if (result != Sent::written) result = taken ? Sent::written : Sent::not_taken;
    }
    return result;
  }

  void ready(uint32_t) override {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (connections_.size() >= kConnectionsMax) {
      close(fd);
      return;
    }
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const Peer peer = next_peer_++;
    connections_[peer] = std::make_unique<Connection>(*this, loop_, *user_, peer, fd);
    user_->peer_came(peer);
  }

  void drop(Peer peer) {
    connections_.erase(peer);
    user_->peer_left(peer);
  }

 private:
  Loop& loop_;
  PortUser* user_;
  std::string host_;
  uint16_t port_;
  int fd_ = -1;
  uint64_t id_ = 0;
  Peer next_peer_ = 1;
  std::map<Peer, std::unique_ptr<Connection>> connections_;
};

void Connection::ready(uint32_t) {
  uint8_t buffer[4096];
  const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    owner_.drop(peer_);  // destroys this
    return;
  }
  user_->received(peer_, {buffer, static_cast<size_t>(n)});
}

}  // namespace

std::unique_ptr<Port> make_tcp_port(Loop& loop, PortUser& user, std::string host, uint16_t port) {
  return std::make_unique<TcpPort>(loop, user, std::move(host), port);
}

}  // namespace lamplight::sim
