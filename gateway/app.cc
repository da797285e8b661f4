#include "gateway/app.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "rules/model/assert.h"

namespace lamplight {
namespace {

enum Key : uint64_t { kSignals, kStore, kSupervisor, kControl, kWall };

constexpr Duration kStorePatience = milliseconds(500);
constexpr Duration kLongestWait = seconds(1);
constexpr Duration kStopPatience = seconds(4);
constexpr Duration kLabelEvery = minutes(1);

LogLevel level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return LogLevel::debug;
    case config::LogLevel::info:
      return LogLevel::info;
    case config::LogLevel::warn:
      return LogLevel::warn;
    case config::LogLevel::error:
      return LogLevel::error;
  }
  return LogLevel::info;
}

}  // namespace

App::App(Loaded loaded, config::Path programs, int signals)
    : config_(std::move(loaded.config)),
      programs_(std::move(programs)),
      signals_(signals),
      boot_(boot_id()),
      log_(log_ring_, level_of(config_.gateway.log_level)),
      store_log_(store_log_ring_, level_of(config_.gateway.log_level)),
      program_(std::move(loaded.program)) {}

App::~App() = default;

int App::run() {
  if (!open_ring()) {
    log_ring_.drain(STDERR_FILENO);
    return 1;
  }
  place_black_boxes();
  start_store();
  const auto opened = await_store(kStorePatience);
  if (is_second_) {
    ring_->end_start();  // this was no death of a start
    log_ring_.drain(STDERR_FILENO);
    return 1;
  }
  if (opened) {
    start_core(*opened);
  } else {
    start_provisional();
  }
  listen();
  supervisor_.emplace(config_, programs_, boot_, *this);
  poller_.add(signals_, kSignals);
  poller_.add(store_->answers_fd(), kStore);
  poller_.add(supervisor_->poll_fd(), kSupervisor);
  poller_.add(control_->poll_fd(), kControl);
  if (wall_.fd() >= 0) poller_.add(wall_.fd(), kWall);
  on_store_answers();
  ring_->end_start();
  supervisor_->start();
  log_.line(LogLevel::info, "watching " + std::to_string(config_.ports.size()) + " ports");
  notifier_.send("READY=1\nSTATUS=watching");
  while (!is_stopped() && !is_second_) loop_once();
  supervisor_.reset();
  control_.reset();
  log_.line(LogLevel::info, "stopped");
  // A second one's store has opened nothing and ends at once. Any other may be reading, and hang.
  if (is_second_ || store_->is_stopped()) {
    store_.reset();
    log_ring_.drain(STDERR_FILENO);
  }
  return is_second_ ? 1 : 0;
}

void App::loop_once() {
  for (const Poller::Event& event : poller_.wait(wait_time())) {
    switch (event.key) {
      case kSignals:
        on_signals();
        break;
      case kStore:
        on_store_answers();
        break;
      case kSupervisor:
        supervisor_->on_ready();
        break;
      case kControl:
        control_->on_ready();
        break;
      case kWall:
        read_wall();
        break;
      default:
        LL_ASSERT(false);
    }
    finish_pending();
  }
  on_time();
}

Duration App::wait_time() {
  if (!jobs_.empty()) return milliseconds(10);  // the store's queue is full: try again soon
  const MonoTime due = std::min({core_->next_deadline(), supervisor_->next_due(),
                                 control_->next_due(), second_due_, watchdog_due_});
  const Duration left = due - std::min(now(), due);
  return std::min(left, kLongestWait);
}

void App::on_time() {
  // A deadline that has come is one input; the bound is only against a bug that arms the past.
  for (int i = 0; i < 1000 && core_->next_deadline() <= now(); ++i) input(core::Tick{});
  supervisor_->on_time();
  control_->on_time();
  push_jobs();
  finish_pending();
  if (now() >= second_due_) {
    second_due_ = last_now_ + seconds(1);
    read_wall();
  }
  feed_watchdog();
}

bool App::is_clock_older() const {
  return last_clock_ && last_clock_->wall.unix_ns < newest_wall_ns_;
}

// A label is told when the clock was set or changed its worth, when a profile begins or ends, and
// once a minute.
void App::read_wall() {
  const WallClock::Reading reading = wall_.read();
  const core::WallChange clock{.wall = reading.label,
                               .profiles = profiles_at(reading.label),
                               .synchronised = reading.synchronised};
  const bool changed = !last_clock_ || reading.stepped_ms ||
                       clock.profiles != last_clock_->profiles ||
                       clock.wall.clock != last_clock_->wall.clock ||
                       clock.synchronised != last_clock_->synchronised;
  if (!changed && now() < label_due_) return;
  label_due_ = last_now_ + kLabelEvery;
  if (reading.label.clock == ClockState::synchronised) {
    newest_wall_ns_ = std::max(newest_wall_ns_, reading.label.unix_ns);
  }
  last_clock_ = clock;
  input(clock);
  if (is_clock_older() == clock_older_told_) return;
  clock_older_told_ = is_clock_older();
  supervisor_->send_uplink(clock_older_told_ ? R"({"type":"clock","older":true})"
                                             : R"({"type":"clock","older":false})");
}

// Fed from the end of a whole turn of loop and engine, and only while the store moves or its
// stall is known and has raised its alarm: a hung disk restarts nobody.
void App::feed_watchdog() {
  const auto period = notifier_.watchdog();
  if (now() < watchdog_due_) return;
  const Duration every = period ? Duration{std::min(period->ns / 4, seconds(1).ns)} : seconds(1);
  watchdog_due_ = last_now_ + every;
  const uint64_t turns = store_->turns();
  const bool store_moves = turns != std::exchange(store_turns_, turns);
  const bool known_stalled = core_->store_is_known_stalled();
  if (store_moves || known_stalled) notifier_.send("WATCHDOG=1");
  const std::string status = stopping_       ? "STATUS=stopping"
                             : known_stalled ? "STATUS=watching; the record is failing"
                                             : "STATUS=watching";
  if (status != std::exchange(status_, status)) notifier_.send(status);
}

void App::on_signals() {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      supervisor_->on_child_ended();
    } else if (!stopping_) {
      begin_stop(info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
    }
  }
}

void App::begin_stop(const std::string& why) {
  notifier_.send("STOPPING=1\nSTATUS=stopping");
  log_.line(LogLevel::info, "stopping: " + why);
  input(core::Shutdown{why});
  stopping_ = true;
  stop_deadline_ = now() + kStopPatience;
  supervisor_->send_uplink(uplink_goodbye());
  supervisor_->begin_stop();
  jobs_.push_back(store::Stop{});
  push_jobs();
}

// Everybody has gone, or has had long enough to go.
bool App::is_stopped() {
  if (!stopping_) return false;
  return (supervisor_->is_stopped() && store_->is_stopped()) || now() >= stop_deadline_;
}

}  // namespace lamplight
