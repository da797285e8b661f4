#include "gateway/log.h"

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>

namespace lamplight {
namespace {

// PIPE_BUF: a pipe that poll() calls writable takes so much without blocking.
constexpr size_t kLineMax = 4000;

class RingSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit RingSink(LogRing& ring) : ring_(ring) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    ring_.push({text.data(), std::min(text.size(), kLineMax)});
  }
  void flush_() override {}

 private:
  LogRing& ring_;
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

bool write_log_line(int fd, std::string_view line) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) != 1) return false;
  if ((ready.revents & POLLOUT) == 0) return true;  // closed: nobody will ever read it
  (void)!::write(fd, line.data(), line.size());
  return true;
}

LogRing::LogRing(size_t lines_max) : lines_(lines_max) {}

bool LogRing::push(std::string_view line) {
  const size_t at = written_.load(std::memory_order_relaxed);
  if (at - read_.load(std::memory_order_acquire) >= lines_.size()) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  lines_[at % lines_.size()].assign(line);
  written_.store(at + 1, std::memory_order_release);
  return true;
}

void LogRing::drain(int fd) {
  size_t at = read_.load(std::memory_order_relaxed);
  while (at != written_.load(std::memory_order_acquire)) {
    if (!write_log_line(fd, lines_[at % lines_.size()])) return;
    read_.store(++at, std::memory_order_release);
  }
  const uint64_t lost = dropped();
  if (lost == dropped_told_) return;
  if (write_log_line(fd, std::to_string(lost - dropped_told_) + " lines of this log were lost\n")) {
    dropped_told_ = lost;
  }
}

Log::Log(LogRing& ring, LogLevel lowest)
    : logger_(std::make_shared<spdlog::logger>("lamplightd", std::make_shared<RingSink>(ring))) {
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
  logger_->set_level(level_of(lowest));
}

Log::~Log() = default;

void Log::line(LogLevel level, std::string_view text) {
  logger_->log(level_of(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace lamplight
