#include "gateway/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lamplight {
namespace {

constexpr int kChildFd = 3;

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* arguments, int fd, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
  const int null = ::open("/dev/null", O_RDWR);
  if (null >= 0 && null != STDIN_FILENO) ::dup2(null, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (fd == kChildFd) {
    ::fcntl(fd, F_SETFD, 0);
  } else {
    ::dup2(fd, kChildFd);
  }
  ::syscall(SYS_close_range, kChildFd + 1, ~0U, 0);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

Result<ChildProcess> start_child(const std::vector<std::string>& command) {
  auto both = wire::Channel::pair();
  if (!both) return failure(std::string("no socket pair: ") + std::strerror(both.error()));
  // The child's end blocks unless the child says otherwise, as any program expects of its fd 3.
  const int flags = ::fcntl(both->second.fd(), F_GETFL);
  ::fcntl(both->second.fd(), F_SETFL, flags & ~O_NONBLOCK);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments.data(), both->second.fd(), self);
  if (pid < 0) {
    return failure("cannot start " + command.front() + ": " + std::strerror(errno));
  }
  return ChildProcess{.pid = pid, .channel = std::move(both->first)};
}

std::string describe_exit(int wait_status) {
  if (WIFEXITED(wait_status)) return "exited with " + std::to_string(WEXITSTATUS(wait_status));
  if (WIFSIGNALED(wait_status)) {
    return "was killed by signal " + std::to_string(WTERMSIG(wait_status));
  }
  return "ended";
}

}  // namespace lamplight
