#include "gateway/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace lamplight::cli {

Progress::Progress(bool asked) : is_on_(asked), is_terminal_(::isatty(STDERR_FILENO) == 1) {
  is_on_ = is_on_ || is_terminal_;
}

Progress::~Progress() {
  if (is_terminal_ && width_ > 0) {
    std::fprintf(stderr, "\r%*s\r", static_cast<int>(width_), "");
  }
}

std::function<void(double)> Progress::of(std::string work) {
  percent_ = -1;
  return [this, work = std::move(work)](double share) {
    if (!is_on_) return;
    const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
    // In a file, every tenth is enough.
    if (percent == percent_ || (!is_terminal_ && percent / 10 == percent_ / 10 && percent_ >= 0)) {
      return;
    }
    percent_ = percent;
    say(work, percent);
  };
}

void Progress::say(const std::string& work, int percent) {
  const std::string line = work + " " + std::to_string(percent) + " %";
  if (!is_terminal_) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  width_ = std::max(width_, line.size());
  std::fprintf(stderr, "\r%-*s", static_cast<int>(width_), line.c_str());
  std::fflush(stderr);
}

}  // namespace lamplight::cli
