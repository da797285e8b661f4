// The program lamplight-sim as a child with one device at a pseudo-terminal, steered by words on
// its standard input, as the conformance kit does it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/drivers/pty.h"

namespace lamplight::test {

class Simulator {
 public:
  explicit Simulator(const char* kind, const char* where = "pty") {
    std::array<int, 2> words{};
    std::array<int, 2> answers{};
    EXPECT_EQ(::pipe(words.data()), 0);
    EXPECT_EQ(::pipe(answers.data()), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(words[0], STDIN_FILENO);
      ::dup2(answers[1], STDOUT_FILENO);
      for (const int fd : {words[0], words[1], answers[0], answers[1]}) ::close(fd);
      ::execl(LL_SIM, LL_SIM, "device", kind, "--at", where, "--quiet-devices", nullptr);
      ::_exit(127);
    }
    ::close(words[0]);
    ::close(answers[1]);
    words_ = words[1];
    answers_ = answers[0];
    const std::string line = read_line();
    const size_t at = line.find(" at ");
    EXPECT_NE(at, std::string::npos) << line;
    if (at != std::string::npos) at_ = line.substr(at + 4);
  }
  ~Simulator() {
    ::close(words_);
    ::close(answers_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // "serial:/dev/pts/5?9600,8N1"
  const std::string& at() const { return at_; }
  void say(const std::string& word) {
    const std::string line = word + "\n";
    EXPECT_EQ(::write(words_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    std::string answer = read_line();
    if (answer.starts_with("port ")) answer = read_line();  // plugged in: where it is now
    EXPECT_EQ(answer, R"({"ok":true})") << word;
  }

 private:
  std::string read_line() {
    std::string line;
    char c = 0;
    while (wait_for(answers_, POLLIN) && ::read(answers_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  pid_t child_ = -1;
  int words_ = -1;
  int answers_ = -1;
  std::string at_;
};

}  // namespace lamplight::test
