// A serial line: raw, VMIN = 1, non-blocking, owned by one process (flock, and TIOCEXCL for those
// who do not ask). What the driver of the line did not accept is read back and said.
#include <fcntl.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <array>
#include <cstring>

#include "drivers/sdk/file_descriptor.h"
#include "drivers/sdk/port.h"
#include "drivers/sdk/port_owner.h"
#include "drivers/sdk/serial_speed.h"

namespace lamplight::sdk {
namespace {

constexpr tcflag_t kLineFlags = CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS;

tcflag_t line_flags(const SerialAddress& address) {
  constexpr std::array<tcflag_t, 4> kSizes = {CS5, CS6, CS7, CS8};
  tcflag_t flags = kSizes[static_cast<size_t>(address.data_bits - 5)];
  switch (address.parity) {
    case Parity::none:
      break;
    case Parity::even:
      flags |= PARENB;
      break;
    case Parity::odd:
      flags |= PARENB | PARODD;
      break;
  }
  if (address.stop_bits == 2) flags |= CSTOPB;
  return flags;
}

bool is_as_asked(const termios& asked, const termios& got) {
  return (asked.c_cflag & kLineFlags) == (got.c_cflag & kLineFlags) &&
         asked.c_iflag == got.c_iflag && asked.c_lflag == got.c_lflag &&
         (asked.c_oflag & OPOST) == (got.c_oflag & OPOST) && got.c_cc[VMIN] == 1 &&
         got.c_cc[VTIME] == 0 && ::cfgetispeed(&asked) == ::cfgetispeed(&got) &&
         ::cfgetospeed(&asked) == ::cfgetospeed(&got);
}

class SerialPort : public Port {
 public:
  SerialPort(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  int fd() const override { return fd_.get(); }
  std::string warning() const override { return warning_; }

  // The owner's lock, then the line. The error is for people.
  Status take(const SerialAddress& address) {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
      return failure(path_ + " is in use by " + lock_owner(fd_.get()));
    }
    ::ioctl(fd_.get(), TIOCEXCL);  // best effort: the lock above is what counts
    termios asked{};
    if (::tcgetattr(fd_.get(), &asked) != 0) {
      return failure(path_ + " is no serial port: " + std::strerror(errno));
    }
    ::cfmakeraw(&asked);
    asked.c_iflag = 0;
    asked.c_cflag = CREAD | CLOCAL | line_flags(address);
    asked.c_cc[VMIN] = 1;
    asked.c_cc[VTIME] = 0;
    ::cfsetispeed(&asked, speed_of(address.baud));
    ::cfsetospeed(&asked, speed_of(address.baud));
    if (::tcsetattr(fd_.get(), TCSANOW, &asked) != 0) {
      return failure(path_ + " refuses these settings: " + std::strerror(errno));
    }
    return read_back(asked);
  }

  PortInput read(std::span<uint8_t> buffer) override {
    const ssize_t got = fd_.read(buffer);
    if (got > 0) return {PortState::data, static_cast<size_t>(got), {}};
    if (got < 0 && errno == EAGAIN) return {};
    // 0, EIO, ENODEV, ENXIO: the adapter or the other end of the pseudo-terminal is gone.
    const std::string why = got == 0 ? "hung up" : std::strerror(errno);
    return {PortState::lost, 0, path_ + " unplugged (" + why + ")"};
  }

  Status write(std::span<const uint8_t> bytes) override {
    const ssize_t sent = ::write(fd_.get(), bytes.data(), bytes.size());
    if (sent == static_cast<ssize_t>(bytes.size())) return {};
    return failure(
        path_ + ": cannot write: " + (sent < 0 ? std::strerror(errno) : "only a part was taken"));
  }

 private:
  // tcsetattr succeeds if it could do anything at all, so only reading back tells.
  Status read_back(const termios& asked) {
    termios got{};
    if (::tcgetattr(fd_.get(), &got) != 0) {
      return failure(path_ + ": cannot read its settings back: " + std::strerror(errno));
    }
    if (is_as_asked(asked, got)) return {};
    const std::string what = path_ + " did not take the line settings asked for";
    serial_struct hardware{};
    if (::ioctl(fd_.get(), TIOCGSERIAL, &hardware) == 0) return failure(what);
    warning_ = what + " (a pseudo-terminal has no line: nothing is lost)";
    return {};
  }

  FileDescriptor fd_;
  std::string path_;
  std::string warning_;
};

}  // namespace

Result<std::unique_ptr<Port>> open_serial(const SerialAddress& address) {
  FileDescriptor fd(::open(address.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == EBUSY) {
      return failure(address.path + " is in use by " + lock_owner(address.path));
    }
    return failure(address.path + ": " + std::strerror(errno));
  }
  auto port = std::make_unique<SerialPort>(std::move(fd), address.path);
  const Status taken = port->take(address);
  if (!taken) return failure(taken.error());
  return port;
}

}  // namespace lamplight::sdk
