// The log of lamplightd: spdlog, synchronous, into a bounded ring that the store thread drains to
// standard error between commits. The core thread never blocks here: when the ring is full (a hung
// disk, a terminal that does not read) lines are dropped and counted, and the count is logged.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace lamplight {

// One writer, one reader, no lock.
class LogRing {
 public:
  explicit LogRing(size_t lines_max = 1024);
  // Core thread. False: full, dropped and counted.
  bool push(std::string_view line);
  // Store thread. Writes what fits without blocking to `fd`; the rest stays.
  void drain(int fd);
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::vector<std::string> lines_;
  std::atomic<size_t> written_ = 0;
  std::atomic<size_t> read_ = 0;
  std::atomic<uint64_t> dropped_ = 0;
  uint64_t dropped_told_ = 0;  // reader only
};

// Writes a line to `fd` unless that would block. False: it would.
bool write_log_line(int fd, std::string_view line);

enum class LogLevel : uint8_t { debug, info, warn, error };

class Log {
 public:
  // `ring` must outlive the log.
  Log(LogRing& ring, LogLevel lowest);
  ~Log();
  void line(LogLevel level, std::string_view text);

 private:
  std::shared_ptr<spdlog::logger> logger_;  // spdlog's own way of holding it
};

}  // namespace lamplight
