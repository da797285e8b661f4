// A program as a child: started with chosen descriptors, watched, measured, ended. It leads a
// process group of its own, so that what it starts in turn ends with it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::conformance {

struct Wiring {
  int ours = -1;
  int theirs = -1;
};

struct Usage {
  Duration cpu;         // user and system, since its start
  int64_t rss_kib = 0;  // resident
  int descriptors = 0;
};

class Process {
 public:
  Process() = default;
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Descriptors not named are /dev/null (0), our standard error (1, 2), or closed.
  [[nodiscard]] Status start(const std::vector<std::string>& command,
                             const std::vector<Wiring>& wirings);
  bool is_running();
  pid_t pid() const { return pid_; }
  // How it ended ("exited with 3", "was killed by signal 9"); empty while it runs.
  const std::string& end() const { return end_; }
  // Nothing: killed by a signal, or still running.
  std::optional<int> exit_code() const { return exit_code_; }
  void kill();
  Usage usage() const;

 private:
  pid_t pid_ = -1;
  std::string end_;
  std::optional<int> exit_code_;
};

}  // namespace lamplight::conformance
