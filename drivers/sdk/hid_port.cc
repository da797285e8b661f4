// A HID device with unnumbered 64-byte reports: /dev/hidraw, or in tests a SEQPACKET socket that
// carries one report a datagram. A read gives one report; a write sends one, filled up with zeros.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "drivers/sdk/file_descriptor.h"
#include "drivers/sdk/port.h"
#include "drivers/sdk/port_owner.h"
#include "drivers/sdk/seqpacket.h"

namespace lamplight::sdk {
namespace {

constexpr size_t kReport = 64;

class HidPort : public Port {
 public:
  HidPort(FileDescriptor fd, std::string path, bool is_socket)
      : fd_(std::move(fd)), path_(std::move(path)), is_socket_(is_socket) {}

  int fd() const override { return fd_.get(); }

  PortInput read(std::span<uint8_t> buffer) override {
    const ssize_t got = fd_.read(buffer);
    const bool is_silent = got < 0 && errno == EAGAIN;
    if (is_silent) return {};
    if (got <= 0) {
      const std::string why = got < 0 ? std::strerror(errno) : "hung up";
      return {PortState::lost, 0, path_ + " unplugged (" + why + ")"};
    }
    return {PortState::data, static_cast<size_t>(got), {}};
  }

  Status write(std::span<const uint8_t> bytes) override {
    if (bytes.size() > kReport) return failure(path_ + ": more than one report");
    // hidraw wants the number of the report first: 0 where reports have none.
    std::array<uint8_t, kReport + 1> report{};
    std::copy(bytes.begin(), bytes.end(), report.begin() + 1);
    const size_t skipped = is_socket_ ? 1 : 0;
    const auto sent = ::write(fd_.get(), report.data() + skipped, report.size() - skipped);
    if (sent == static_cast<ssize_t>(report.size() - skipped)) return {};
    return failure(path_ + ": cannot write: " + std::strerror(errno));
  }

 private:
  FileDescriptor fd_;
  std::string path_;
  bool is_socket_;
};

}  // namespace

Result<std::unique_ptr<Port>> open_hid(const HidAddress& address) {
  struct stat info{};
  if (::stat(address.path.c_str(), &info) != 0) {
    return failure(address.path + ": " + std::strerror(errno));
  }
  if (S_ISSOCK(info.st_mode)) {
    auto socket = connect_seqpacket(address.path);
    if (!socket) return failure(socket.error());
    ::fcntl(socket->get(), F_SETFL, O_NONBLOCK);
    return std::make_unique<HidPort>(std::move(*socket), address.path, true);
  }
  FileDescriptor fd(::open(address.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return failure(address.path + ": " + std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return failure(address.path + " is in use by " + lock_owner(fd.get()));
  }
  return std::make_unique<HidPort>(std::move(fd), address.path, false);
}

}  // namespace lamplight::sdk
