#include "drivers/sdk/modem_lines.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include <cstring>

#include "drivers/sdk/file_descriptor.h"
#include "drivers/sdk/port_owner.h"
#include "drivers/sdk/seqpacket.h"

namespace lamplight::sdk {
namespace {

// The ioctl side is tested by the ENOTTY of a pseudo-terminal only; with an adapter, by hand.
class TerminalLines : public ModemLines {
 public:
  TerminalLines(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<uint8_t> get() override {
    int bits = 0;
    if (::ioctl(fd_.get(), TIOCMGET, &bits) != 0) return failure(why());
    uint8_t lines = 0;
    if ((bits & TIOCM_CTS) != 0) lines |= kLineCts;
    if ((bits & TIOCM_DSR) != 0) lines |= kLineDsr;
    if ((bits & TIOCM_CD) != 0) lines |= kLineDcd;
    if ((bits & TIOCM_RI) != 0) lines |= kLineRi;
    return lines;
  }

  Status set(uint8_t outputs) override {
    int on = 0;
    if ((outputs & kLineRts) != 0) on |= TIOCM_RTS;
    if ((outputs & kLineDtr) != 0) on |= TIOCM_DTR;
    int off = (TIOCM_RTS | TIOCM_DTR) & ~on;
    if (::ioctl(fd_.get(), TIOCMBIC, &off) != 0) return failure(why());
    if (::ioctl(fd_.get(), TIOCMBIS, &on) != 0) return failure(why());
    return {};
  }

 private:
  std::string why() const {
    if (errno == ENOTTY) return path_ + " has no modem lines";
    return path_ + ": " + std::strerror(errno);
  }

  FileDescriptor fd_;
  std::string path_;
};

class SocketLines : public ModemLines {
 public:
  SocketLines(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<uint8_t> get() override {
    // Every change is a datagram; the last one is how things stand.
    for (uint8_t byte = 0;;) {
      const ssize_t got = ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT);
      if (got == 1) {
        lines_ = byte;
        has_heard_ = true;
        continue;
      }
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) break;
      return failure(path_ + " unplugged");
    }
    if (!has_heard_) return failure(path_ + ": nothing is known of the lines yet");
    return lines_;
  }

  Status set(uint8_t outputs) override {
    if (::send(fd_.get(), &outputs, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) return {};
    return failure(path_ + ": " + std::strerror(errno));
  }

 private:
  FileDescriptor fd_;
  std::string path_;
  uint8_t lines_ = 0;
  bool has_heard_ = false;
};

Result<std::unique_ptr<ModemLines>> open_terminal(const std::string& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return failure(path + ": " + std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return failure(path + " is in use by " + lock_owner(fd.get()));
  }
  ::ioctl(fd.get(), TIOCEXCL);  // for those who do not ask for the lock
  auto lines = std::make_unique<TerminalLines>(std::move(fd), path);
  const auto first = lines->get();
  if (!first) return failure(first.error());
  return lines;
}

Result<std::unique_ptr<ModemLines>> open_socket(const std::string& path) {
  auto fd = connect_seqpacket(path);
  if (!fd) return failure(fd.error());
  // How things stand is said at once; without it nothing can be read.
  constexpr int kFirstWordMs = 1000;
  pollfd wait{fd->get(), POLLIN, 0};
  ::poll(&wait, 1, kFirstWordMs);
  return std::make_unique<SocketLines>(std::move(*fd), path);
}

}  // namespace

Result<std::unique_ptr<ModemLines>> open_modem_lines(std::string_view at) {
  constexpr std::string_view kSerial = "serial:", kLines = "lines:";
  if (at.starts_with(kSerial)) {
    const std::string_view rest = at.substr(kSerial.size());
    return open_terminal(std::string(rest.substr(0, rest.rfind('?'))));
  }
  if (at.starts_with(kLines)) return open_socket(std::string(at.substr(kLines.size())));
  return failure("expected serial:PATH or lines:PATH");
}

}  // namespace lamplight::sdk
