// The truth log: one JSON object a line of everything the simulator sent, failed to send, was
// told and decided, with the CLOCK_BOOTTIME at which it happened. Tests judge a gateway by it,
// so a line is in the kernel before the next event, unless `buffered` was asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::sim {

class Truth {
 public:
  // Keeps nothing until open(). `buffered`: lines are written 64 KiB at a time and on flush().
  explicit Truth(bool buffered) : buffered_(buffered) {}
  ~Truth();
  Truth(const Truth&) = delete;
  Truth& operator=(const Truth&) = delete;

  // Truncates an old file: a truth log is of one run.
  [[nodiscard]] Status open(const std::string& path);

  // `members`: further JSON members without braces, or nothing.
  void record(MonoTime t, std::string_view device, std::string_view what, std::string_view members);
  void flush();
  bool is_buffered() const { return buffered_; }
  // What was recorded since the last call; for tests, which open no file.
  std::string take_kept();

 private:
  bool buffered_;
  bool complained_ = false;
  int fd_ = -1;
  std::string pending_;
};

}  // namespace lamplight::sim
