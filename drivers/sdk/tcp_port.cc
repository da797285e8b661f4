// A TCP connection to a serial server or a device: non-blocking connect, then bytes.
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
  TcpPort(FileDescriptor fd, std::string name, bool is_opening)
      : fd_(std::move(fd)), name_(std::move(name)), is_opening_(is_opening) {}

  int fd() const override { return fd_.get(); }
  bool is_opening() const override { return is_opening_; }
  bool reopens_when_silent() const override { return true; }

  Status finish_opening() override {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return failure(name_ + ": " + std::strerror(error));
    is_opening_ = false;
    return {};
  }

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
  FileDescriptor fd_;
  std::string name_;
  bool is_opening_;
};

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

Result<AddressList> look_up(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (error != 0) return failure(address.host + ": " + ::gai_strerror(error));
  return AddressList(list);
}

}  // namespace

Result<std::unique_ptr<Port>> open_tcp(const TcpAddress& address) {
  const auto found = look_up(address);
  if (!found) return failure(found.error());
  const addrinfo& first = **found;
  const std::string name = describe(address);
  FileDescriptor fd(::socket(first.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return failure(name + ": " + std::strerror(errno));
  const int connected = ::connect(fd.get(), first.ai_addr, first.ai_addrlen);
  if (connected != 0 && errno != EINPROGRESS) return failure(name + ": " + std::strerror(errno));
  return std::make_unique<TcpPort>(std::move(fd), name, connected != 0);
}

}  // namespace lamplight::sdk
