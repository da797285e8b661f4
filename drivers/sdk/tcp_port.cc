// A TCP connection to a serial server or a device: non-blocking connect, then bytes. A name may
// have several addresses, of which the device listens at one (a name's IPv6 and IPv4 address): all
// are tried within one opening, or the others would never be.
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "drivers/sdk/file_descriptor.h"
#include "drivers/sdk/port.h"

namespace lamplight::sdk {
namespace {

class TcpPort : public Port {
 public:
  TcpPort(std::vector<SocketAddress> addresses, std::string name)
      : addresses_(std::move(addresses)), name_(std::move(name)) {}

  // Begins with the next address at which a connection can at least be begun.
  Status connect_to_next(std::string why) {
    while (next_ < addresses_.size()) {
      const int error = begin(addresses_[next_++]);
      if (error == 0) return {};
      why = std::strerror(error);
    }
    return failure(name_ + ": " + why);
  }

  int fd() const override { return fd_.get(); }
  bool is_opening() const override { return is_opening_; }
  bool reopens_when_silent() const override { return true; }

  Status finish_opening() override {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return connect_to_next(std::strerror(error));
    is_opening_ = false;
    return {};
  }
  Status open_another_way() override { return connect_to_next("no answer to the connection"); }

  PortInput read(std::span<uint8_t> buffer) override {
    const ssize_t got = fd_.read(buffer);
    if (got > 0) return {PortState::data, static_cast<size_t>(got), {}};
    if (got < 0 && errno == EAGAIN) return {};
    const std::string why = got == 0 ? "closed by the other end" : std::strerror(errno);
    return {PortState::lost, 0, name_ + ": " + why};
  }

  Status write(std::span<const uint8_t> bytes) override {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return {};
    return failure(name_ +
                   ": cannot send: " + (sent < 0 ? std::strerror(errno) : "only a part was taken"));
  }

 private:
  // 0, or what was wrong.
  int begin(const SocketAddress& to) {
    const auto* address = reinterpret_cast<const sockaddr*>(&to.bytes);
    FileDescriptor fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return errno;
    fd_ = std::move(fd);
    is_opening_ = ::connect(fd_.get(), address, to.length) != 0;
    return is_opening_ && errno != EINPROGRESS ? errno : 0;
  }

  std::vector<SocketAddress> addresses_;
  size_t next_ = 0;  // of them, to be tried
  FileDescriptor fd_;
  std::string name_;
  bool is_opening_ = true;
};

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

int look_up(const TcpAddress& address, int flags, AddressList& into) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (error == 0) into.reset(list);
  return error;
}

Result<std::vector<SocketAddress>> addresses_of(const TcpAddress& address) {
  AddressList list;
  // A name's addresses of a kind that this machine has not are left out. Digits say what they
  // mean: ::1 is there when the network has no IPv6.
  int error = look_up(address, AI_NUMERICHOST, list);
  if (error != 0) error = look_up(address, AI_ADDRCONFIG, list);
  if (error != 0) return failure(address.host + ": " + ::gai_strerror(error));
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    SocketAddress& copy = addresses.emplace_back();
    copy.length = each->ai_addrlen;
    std::memcpy(&copy.bytes, each->ai_addr, each->ai_addrlen);
  }
  return addresses;
}

}  // namespace

Result<std::unique_ptr<Port>> connect_tcp(std::vector<SocketAddress> addresses, std::string name) {
  auto port = std::make_unique<TcpPort>(std::move(addresses), std::move(name));
  Status begun = port->connect_to_next("no address");
  if (!begun) return failure(std::move(begun.error()));
  return port;
}

Result<std::unique_ptr<Port>> open_tcp(const TcpAddress& address) {
  auto addresses = addresses_of(address);
  if (!addresses) return failure(addresses.error());
  return connect_tcp(std::move(*addresses), describe(address));
}

}  // namespace lamplight::sdk
