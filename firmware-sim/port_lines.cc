// What a pseudo-terminal cannot play, as a SEQPACKET socket: the modem lines of a serial adapter
// (one byte of inputs out at each change, one byte of outputs in) and the 64-byte reports of a HID
// device. One reader at a time; unplugged means that the socket is gone.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "firmware-sim/port.h"

namespace lamplight::sim {
namespace {

constexpr size_t kPacketMax = 64;

class PacketPort final : public Port {
 public:
  // `scheme`: "lines:" or "hid:".
  PacketPort(Loop& loop, PortUser& user, std::string scheme, std::string path)
      : loop_(loop),
        user_(&user),
        scheme_(std::move(scheme)),
        path_(std::move(path)),
        greeter_(*this),
        reader_(*this) {}
  ~PacketPort() override { unplug(); }

  Status plug() override {
    if (listener_ >= 0) return {};
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (path_.empty() || path_.size() >= sizeof where.sun_path) {
      return failure("the path '" + path_ + "' must have 1 to 107 characters");
    }
    std::memcpy(where.sun_path, path_.c_str(), path_.size() + 1);
    ::unlink(path_.c_str());
    listener_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool is_bound =
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
    if (!is_bound || ::listen(listener_, 1) != 0) {
      Status failed = failure("cannot listen on " + path_ + ": " + std::strerror(errno));
      ::close(listener_);
      listener_ = -1;
      return failed;
    }
    listener_id_ = loop_.add(listener_, EPOLLIN, greeter_);
    return {};
  }

  void unplug() override {
    drop();
    if (listener_ < 0) return;
    loop_.remove(listener_id_, listener_);
    ::close(listener_);
    ::unlink(path_.c_str());
    listener_ = -1;
  }

  bool is_plugged() const override { return listener_ >= 0; }
  bool is_serial() const override { return false; }
  void deliver_to(PortUser& user) override { user_ = &user; }
  std::string address() const override { return scheme_ + path_; }

  Sent write(Peer, std::span<const uint8_t> bytes) override {
    if (listener_ < 0) return Sent::unplugged;
    if (peer_ < 0) return Sent::nobody_listens;
    const ssize_t n = ::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == static_cast<ssize_t>(bytes.size()) ? Sent::written : Sent::not_taken;
  }

 private:
  struct Greeter final : Watcher {
    explicit Greeter(PacketPort& owner) : port(owner) {}
    void ready(uint32_t) override { port.greet(); }
    PacketPort& port;
  };
  struct Reader final : Watcher {
    explicit Reader(PacketPort& owner) : port(owner) {}
    void ready(uint32_t) override { port.read(); }
    PacketPort& port;
  };

  void greet() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    drop();
    peer_ = fd;
    peer_id_ = loop_.add(peer_, EPOLLIN, reader_);
    user_->peer_came(1);
  }

  void read() {
    uint8_t packet[kPacketMax];
    const ssize_t n = ::recv(peer_, packet, sizeof packet, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      drop();
      return;
    }
    user_->received(1, {packet, static_cast<size_t>(n)});
  }

  void drop() {
    if (peer_ < 0) return;
    loop_.remove(peer_id_, peer_);
    ::close(peer_);
    peer_ = -1;
    user_->peer_left(1);
  }

  Loop& loop_;
  PortUser* user_;
  std::string scheme_;
  std::string path_;
  Greeter greeter_;
  Reader reader_;
  int listener_ = -1;
  int peer_ = -1;
  uint64_t listener_id_ = 0;
  uint64_t peer_id_ = 0;
};

}  // namespace

std::unique_ptr<Port> make_lines_port(Loop& loop, PortUser& user, std::string path) {
  return std::make_unique<PacketPort>(loop, user, "lines:", std::move(path));
}

std::unique_ptr<Port> make_hid_port(Loop& loop, PortUser& user, std::string path) {
  return std::make_unique<PacketPort>(loop, user, "hid:", std::move(path));
}

}  // namespace lamplight::sim
