#include "gateway/describe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "drivers/sdk/wire/codec.h"
#include "gateway/child_process.h"
#include "gateway/clock.h"
#include "gateway/driver_session.h"
#include "gateway/json_object.h"

extern char** environ;

namespace lamplight {
namespace {

constexpr Duration kPatience = seconds(5);
constexpr size_t kDescriptionMax = 1 << 20;

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
    if (answer.size() > kDescriptionMax) return false;
  }
}

struct Said {
  int status = 0;  // as waitpid gives it
  std::string text;
};

// A file without a name that holds the text: unlike a pipe it never fills up.
int file_of(std::string_view text) {
  const int fd = ::memfd_create("configure", MFD_CLOEXEC);
  if (fd < 0) return -1;
  const bool is_whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (is_whole && ::lseek(fd, 0, SEEK_SET) == 0) return fd;
  ::close(fd);
  return -1;
}

// What the program says on standard output about `input`.
Result<Said> ask(std::vector<std::string> command, std::string_view input) {
  const std::string program = command.front();
  std::array<int, 2> ends{};
  const int in = file_of(input);
  if (in < 0) return failure("no memory for " + program);
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    ::close(in);
    return failure("no pipe for " + program);
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in);
  ::close(ends[1]);
  Said said;
  const bool answered = failed == 0 && read_answer(ends[0], said.text);
  ::close(ends[0]);
  if (failed != 0) return failure("cannot run " + program + ": " + std::strerror(failed));
  if (!answered) ::kill(pid, SIGKILL);
  ::waitpid(pid, &said.status, 0);
  if (!answered) return failure(program + " does not answer `" + command[1] + "`");
  return said;
}

Result<DriverDescription> description_of(const JsonObject& object, const std::string& program) {
  const auto versions = object.integers("wire");
  if (versions.empty() || !versions.front()) {
    return failure(program + " does not `describe` which version of the wire it speaks");
  }
  if (*versions.front() != wire::kVersionMajor) {
    return failure(program + " speaks version " + std::to_string(*versions.front()) +
                   " of the wire, this lamplightd version " + std::to_string(wire::kVersionMajor));
  }
  DriverDescription description{.options = object.names("options"), .roles = {}};
  for (const char* key : {"signals", "conditions"}) {
    for (const std::string& path : object.words(key)) {
      const auto role = role_of(std::string_view(path).substr(0, path.find('.')));
      if (role) description.roles.push_back(*role);
    }
  }
  if (!description.roles.empty()) return description;
  return failure(program + " does not `describe` any signal of the catalogue that it sends");
}

}  // namespace

Result<DriverDescription> describe_driver(const std::string& program) {
  const auto answer = ask({program, "describe"}, "");
  if (!answer) return failure(answer.error());
  if (answer->status != 0) return failure(program + " does not answer `describe`");
  const auto object = JsonObject::parse(answer->text);
  if (!object) return failure(program + " answers `describe` with something that is no object");
  return description_of(*object, program);
}

Result<std::string> check_device(const config::Path& programs, const config::PortKeys& port,
                                 const config::DeviceKeys& device) {
  constexpr int kMistakes = 1;
  config::PortKeys alone = port;
  alone.devices = {device};
  const std::vector<OwnDevice> devices = {{.number = 1, .id = device.id, .role = device.role}};
  const std::string program = (programs / "lamplight-driver").string();
  auto answer =
      ask({program, "check", port.driver}, DriverSession(alone, devices, "").configure_json());
  if (!answer) return failure(answer.error());
  if (answer->status == 0) return std::string();
  const bool are_mistakes = WIFEXITED(answer->status) && WEXITSTATUS(answer->status) == kMistakes;
  if (!are_mistakes || answer->text.empty()) {
    return failure(program + " does not answer `check`: it " + describe_exit(answer->status));
  }
  return std::move(answer->text);
}

}  // namespace lamplight
