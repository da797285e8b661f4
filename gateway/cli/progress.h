// One line on standard error that says how far a long run has come, where a person looks on.
#pragma once

#include <functional>
#include <string>

namespace lamplight::cli {

class Progress {
 public:
  // `asked`: --progress; without it only where standard error is a terminal.
  explicit Progress(bool asked);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // For the work that begins now: what it is, then the share of it that is done.
  std::function<void(double)> of(std::string work);

 private:
  void say(const std::string& work, int percent);

  bool is_on_;
  bool is_terminal_;
  int percent_ = -1;
  size_t width_ = 0;  // of the line that stands there
};

}  // namespace lamplight::cli
