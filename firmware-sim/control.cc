#include "firmware-sim/control.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lamplight::sim {
namespace {

constexpr size_t kLineMax = 64 * 1024;

Status address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return failure("the socket path '" + path + "' must have 1 to 107 characters; choose another");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return {};
}

// A connected socket, or -1 if nobody listens there.
int connect_to(const sockaddr_un& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    // Standard output is no socket: write, with SIGPIPE ignored by main().
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // whoever asked is gone
    text.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

// Takes whole lines out of `pending`, answers each to `out_fd`.
void ControlSocket::answer_lines(std::string& pending, int out_fd) {
  for (size_t end; (end = pending.find('\n')) != std::string::npos;) {
    const std::string line = pending.substr(0, end);
    pending.erase(0, end + 1);
    if (line.find_first_not_of(" \t\r") != std::string::npos) write_all(out_fd, handler_(line));
  }
}

class ControlSocket::Conversation final : public Watcher {
 public:
  Conversation(ControlSocket& owner, uint64_t key, int in_fd, int out_fd, bool owns)
      : owner_(owner), key_(key), in_(in_fd), out_(out_fd), owns_(owns) {
    id_ = owner_.loop_.add(in_, EPOLLIN, *this);
  }
  ~Conversation() override {
    owner_.loop_.remove(id_, in_);
    if (owns_) close(in_);
  }
  void ready(uint32_t) override {
    char buffer[4096];
    const ssize_t n = read(in_, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) pending_.append(buffer, static_cast<size_t>(n));
    if (n <= 0 && !pending_.empty()) pending_ += '\n';
    owner_.answer_lines(pending_, out_);
    if (n <= 0 || pending_.size() > kLineMax) owner_.conversations_.erase(key_);  // this is gone
  }

 private:
  ControlSocket& owner_;
  uint64_t key_;
  int in_;
  int out_;
  bool owns_;
  uint64_t id_ = 0;
  std::string pending_;
};

class ControlSocket::Acceptor final : public Watcher {
 public:
  Acceptor(ControlSocket& owner, int fd) : owner_(owner), fd_(fd) {
    id_ = owner_.loop_.add(fd_, EPOLLIN, *this);
  }
  ~Acceptor() override {
    owner_.loop_.remove(id_, fd_);
    close(fd_);
  }
  void ready(uint32_t) override {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const uint64_t key = owner_.next_++;
    owner_.conversations_[key] = std::make_unique<Conversation>(owner_, key, fd, fd, true);
  }

 private:
  ControlSocket& owner_;
  int fd_;
  uint64_t id_ = 0;
};

ControlSocket::ControlSocket(Loop& loop, LineHandler handler)
    : loop_(loop), handler_(std::move(handler)) {}

ControlSocket::~ControlSocket() {
  if (acceptor_) unlink(path_.c_str());
}

Status ControlSocket::listen(const std::string& path) {
  sockaddr_un address{};
  if (Status s = address_of(path, address); !s) return s;
  if (const int other = connect_to(address); other >= 0) {
    close(other);
    return failure("a simulator already listens on " + path + "; stop it or choose another --ctl");
  }
  unlink(path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 16) != 0) {
    Status failed = failure("cannot listen on " + path + ": " + std::strerror(errno) +
                            "; name a path in a directory that exists");
    close(fd);
    return failed;
  }
  path_ = path;
  acceptor_ = std::make_unique<Acceptor>(*this, fd);
  return {};
}

void ControlSocket::serve(int in_fd, int out_fd) {
  if (!loop_.can_watch(in_fd)) {
    // A file or /dev/null: epoll takes neither, and neither keeps anybody waiting.
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = read(in_fd, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    if (!text.empty() && text.back() != '\n') text += '\n';
    answer_lines(text, out_fd);
    return;
  }
  const uint64_t key = next_++;
  conversations_[key] = std::make_unique<Conversation>(*this, key, in_fd, out_fd, false);
}

std::vector<std::string> lines_of_words(const std::vector<std::string>& words) {
  std::string together;
  for (const std::string& word : words) {
    if (word.find_first_of(" \t{") != std::string::npos) return words;
    together += (together.empty() ? "" : " ") + word;
  }
  if (words.empty()) return {};
  return {together};
}

Status talk(const std::string& path, const std::vector<std::string>& lines,
            const std::function<void(const std::string&)>& heard) {
  sockaddr_un address{};
  if (Status s = address_of(path, address); !s) return s;
  const int fd = connect_to(address);
  if (fd < 0) {
    return failure("no simulator listens on " + path + "; start one with --ctl " + path);
  }
  std::string pending;
  for (const std::string& line : lines) {
    write_all(fd, line + "\n");
    size_t end;
    while ((end = pending.find('\n')) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = read(fd, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        close(fd);
        return failure("the simulator went away before it answered; look at its standard error");
      }
      pending.append(buffer, static_cast<size_t>(n));
    }
    heard(pending.substr(0, end));
    pending.erase(0, end + 1);
  }
  close(fd);
  return {};
}

}  // namespace lamplight::sim
