#include "gateway/describe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateway/clock.h"
#include "gateway/json_object.h"

extern char** environ;

namespace lamplight {
namespace {

constexpr Duration kPatience = seconds(5);
constexpr size_t kAnswerMax = 1 << 20;

// Reads until end of file, or gives up.
bool read_answer(int fd, std::string& answer) {
  const MonoTime until = mono_now() + kPatience;
  std::array<char, 4096> block{};
  for (;;) {
    const Duration left = until - mono_now();
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    if (left.ns <= 0 || ::poll(&ready, 1, static_cast<int>(left.ms() + 1)) != 1) return false;
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count == 0) return true;
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) answer.append(block.data(), static_cast<size_t>(count));
    if (answer.size() > kAnswerMax) return false;
  }
}

Result<std::string> run_describe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure("no pipe for " + program);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string path = program;
  std::string word = "describe";
  std::array<char*, 3> arguments{path.data(), word.data(), nullptr};
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, path.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string answer;
  const bool answered = failed == 0 && read_answer(ends[0], answer);
  ::close(ends[0]);
  if (failed != 0) return failure("cannot run " + program + ": " + std::strerror(failed));
  if (!answered) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!answered || status != 0) return failure(program + " does not answer `describe`");
  return answer;
}

}  // namespace

Result<DriverDescription> describe_driver(const std::string& program) {
  auto answer = run_describe(program);
  if (!answer) return failure(answer.error());
  const auto object = JsonObject::parse(*answer);
  if (!object) return failure(program + " answers `describe` with something that is no object");
  return DriverDescription{object->names("options")};
}

}  // namespace lamplight
