// Where live words come in: a Unix stream socket that any number of `lamplight-sim ctl` may use,
// and standard input for a simulator started by the conformance kit. One answer a line.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/loop.h"
#include "rules/model/result.h"

namespace lamplight::sim {

// One line without its end; returns the answer with its end.
using LineHandler = std::function<std::string(std::string_view)>;

class ControlSocket {
 public:
  ControlSocket(Loop& loop, LineHandler handler);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Refuses a path that a living simulator listens on; replaces a dead one's.
  [[nodiscard]] Status listen(const std::string& path);
  // Words from `in_fd`, answers to `out_fd`; both stay the caller's. The end of input is no end
  // of the simulator.
  void serve(int in_fd, int out_fd);

 private:
  class Acceptor;
  class Conversation;
  void answer_lines(std::string& pending, int out_fd);
  Loop& loop_;
  LineHandler handler_;
  std::string path_;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<uint64_t, std::unique_ptr<Conversation>> conversations_;
  uint64_t next_ = 1;
};

// The lines that the words of a command line make: each word that holds spaces or is JSON is a line
// (`'set spo2 84' 'plug pump'`), else all of them together are one (`set spo2 84`).
std::vector<std::string> lines_of_words(const std::vector<std::string>& words);

// `lamplight-sim ctl`: sends each line to the simulator at `path`, hands each answer to `heard`.
// Fails if there is no simulator; the answers' own errors are the caller's to look at.
[[nodiscard]] Status talk(const std::string& path, const std::vector<std::string>& lines,
                          const std::function<void(const std::string&)>& heard);

}  // namespace lamplight::sim
