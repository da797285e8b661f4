#include "firmware-sim/conformance/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

extern char** environ;

namespace lamplight::conformance {
namespace {

std::string words_of(int status) {
  if (WIFEXITED(status)) return "exited with " + std::to_string(WEXITSTATUS(status));
  return "was killed by signal " + std::to_string(WTERMSIG(status));
}

int count_descriptors(const std::string& folder) {
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return 0;
  int count = -2;  // . and ..
  while (::readdir(dir) != nullptr) ++count;
  ::closedir(dir);
  return count;
}

}  // namespace

Status Process::start(const std::vector<std::string>& command, const std::vector<Wiring>& wirings) {
  kill();
  end_.clear();
  exit_code_.reset();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  int first_free = STDERR_FILENO + 1;
  for (const Wiring& w : wirings) {
    ::posix_spawn_file_actions_adddup2(&actions, w.ours, w.theirs);
    first_free = std::max(first_free, w.theirs + 1);
  }
  ::posix_spawn_file_actions_addclosefrom_np(&actions, first_free);
  posix_spawnattr_t how;
  ::posix_spawnattr_init(&how);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&how, &defaults);
  ::posix_spawnattr_setpgroup(&how, 0);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int failed = ::posix_spawnp(&pid_, words[0], &actions, &how, words.data(), environ);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return {};
  pid_ = -1;
  return failure("cannot start " + command[0] + ": " + std::strerror(failed) +
                 "; name an executable file");
}

bool Process::is_running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  end_ = words_of(status);
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
  pid_ = -1;
  return false;
}

void Process::kill() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  end_ = words_of(status);
  pid_ = -1;
}

Usage Process::usage() const {
  Usage usage;
  if (pid_ < 0) return usage;
  const std::string folder = "/proc/" + std::to_string(pid_);
  std::string stat;
  std::getline(std::ifstream(folder + "/stat"), stat);
  // Fields are counted behind the name, which may hold anything: 14 and 15 are utime and stime.
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  int64_t user = 0, system = 0;
  fields >> user >> system;
  usage.cpu = nanoseconds((user + system) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
  int64_t pages = 0, resident = 0;
  std::ifstream(folder + "/statm") >> pages >> resident;
  usage.rss_kib = resident * (::sysconf(_SC_PAGESIZE) / 1024);
  usage.descriptors = count_descriptors(folder + "/fd");
  return usage;
}

}  // namespace lamplight::conformance
