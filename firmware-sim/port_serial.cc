// The serial side of port.h: a pseudo-terminal of our own, or a terminal that exists.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "firmware-sim/port.h"

namespace lamplight::sim {
namespace {

void make_raw(int fd) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return;
  cfmakeraw(&settings);
  tcsetattr(fd, TCSANOW, &settings);
}

std::string because(const std::string& what) { return what + ": " + std::strerror(errno); }

class SerialPort final : public Port, public Watcher {
 public:
  // `path` empty: a pseudo-terminal of our own.
  SerialPort(Loop& loop, PortUser& user, std::string path, std::string link)
      : loop_(loop), user_(&user), path_(std::move(path)), link_(std::move(link)) {}
  ~SerialPort() override { unplug(); }

  Status plug() override {
    if (fd_ >= 0) return {};
    if (Status s = path_.empty() ? open_pty() : open_terminal(); !s) return s;
    // Edge-triggered: a terminal without a reader says HUP all the time.
    id_ = loop_.add(fd_, EPOLLIN | EPOLLET, *this);
    return {};
  }

  void unplug() override {
    if (fd_ < 0) return;
    loop_.remove(id_, fd_);
    if (!link_.empty()) unlink(link_.c_str());
    close(fd_);
    fd_ = -1;
    was_open_ = false;
  }

  bool is_plugged() const override { return fd_ >= 0; }
  bool is_serial() const override { return true; }
  void deliver_to(PortUser& user) override { user_ = &user; }
  std::string address() const override {
    return "serial:" + (!link_.empty() ? link_ : path_.empty() ? name_ : path_);
  }

  Sent write(Peer, std::span<const uint8_t> bytes) override {
    if (fd_ < 0) return Sent::unplugged;
    // Bytes written now would lie in the kernel and reach the next reader as if fresh.
    if (!notice_reader()) return Sent::nobody_listens;
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    return n == static_cast<ssize_t>(bytes.size()) ? Sent::written : Sent::not_taken;
  }

  void ready(uint32_t) override {
    notice_reader();
    uint8_t buffer[4096];
    while (fd_ >= 0) {
      const ssize_t n = read(fd_, buffer, sizeof buffer);
      if (n <= 0) break;  // EAGAIN, or EIO while nobody has it open
      user_->received(0, {buffer, static_cast<size_t>(n)});
    }
  }

 private:
  Status open_pty() {
    const int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return failure(because("cannot make a pseudo-terminal"));
    char name[128];
    if (grantpt(fd) != 0 || unlockpt(fd) != 0 || ptsname_r(fd, name, sizeof name) != 0) {
      close(fd);
      return failure(because("cannot make a pseudo-terminal"));
    }
    // Opened and closed once: from now on the absence of a reader shows as HUP.
    const int reader = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (reader >= 0) {
      make_raw(reader);
      close(reader);
    }
    name_ = name;
    fd_ = fd;
    return link_.empty() ? Status() : point_link();
  }

  Status point_link() {
    const std::string beside = link_ + ".new";
    unlink(beside.c_str());
    if (symlink(name_.c_str(), beside.c_str()) == 0 && rename(beside.c_str(), link_.c_str()) == 0) {
      return {};
    }
    Status failed = failure(because("cannot make the link " + link_) +
                            "; name a path in a directory that exists");
    close(fd_);
    fd_ = -1;
    return failed;
  }

  Status open_terminal() {
    fd_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) return failure(because("cannot open " + path_) + "; name a terminal that exists");
    make_raw(fd_);
    return {};
  }

  bool notice_reader() {
    if (fd_ < 0) return false;
    pollfd p{fd_, POLLOUT, 0};
    const bool is_open = poll(&p, 1, 0) >= 0 && (p.revents & POLLHUP) == 0;
    if (is_open != was_open_) {
      was_open_ = is_open;
      is_open ? user_->peer_came(0) : user_->peer_left(0);
    }
    return is_open;
  }

  Loop& loop_;
  PortUser* user_;
  std::string path_;
  std::string link_;
  std::string name_;
  int fd_ = -1;
  uint64_t id_ = 0;
  bool was_open_ = false;
};

}  // namespace

std::unique_ptr<Port> make_pty_port(Loop& loop, PortUser& user, std::string link) {
  return std::make_unique<SerialPort>(loop, user, "", std::move(link));
}

std::unique_ptr<Port> make_terminal_port(Loop& loop, PortUser& user, std::string path) {
  return std::make_unique<SerialPort>(loop, user, std::move(path), "");
}

}  // namespace lamplight::sim
