#include "gateway/store/thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "gateway/store/dir_lock.h"
#include "rules/model/assert.h"

namespace lamplight::store {
namespace {

// A thread with nothing to do still turns, drains the log and does housekeeping.
constexpr Duration kTurnEvery = milliseconds(250);

}  // namespace

StoreThread::StoreThread(Setup setup)
    : setup_(std::move(setup)), answers_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  LL_ASSERT(answers_fd_ >= 0);
  thread_ = std::thread([this] { loop(); });
}

StoreThread::~StoreThread() {
  if (!stop_asked_) {
    Job stop = Stop{};
    // Beyond the bound: the last job always finds room.
    static_cast<void>(jobs_.push(stop, SIZE_MAX));
  }
  thread_.join();
  ::close(answers_fd_);
}

bool StoreThread::push(Job& job) {
  const bool is_stop = std::holds_alternative<Stop>(job);
  const bool is_telemetry = std::holds_alternative<AppendBatch>(job);
  const size_t room = is_stop ? SIZE_MAX : (is_telemetry ? setup_.jobs_max / 4 : setup_.jobs_max);
  if (!jobs_.push(job, room)) return false;
  stop_asked_ = stop_asked_ || is_stop;
  return true;
}

std::vector<Answer> StoreThread::take() {
  uint64_t count = 0;
  // Emptied before the queue: a post in between makes it readable again, never the reverse.
  static_cast<void>(::read(answers_fd_, &count, sizeof count));
  return answers_.drain();
}

void StoreThread::post(std::vector<Answer>& answers) {
  if (answers.empty()) return;
  answers_.push_all(answers);
  const uint64_t one = 1;
  static_cast<void>(::write(answers_fd_, &one, sizeof one));
}

void StoreThread::loop() {
  std::vector<Answer> answers;
  std::optional<DirLock> lock;  // outlives the store
  if (setup_.lock_dir) lock.emplace(setup_.store.dir);
  if (lock && !lock->holder().empty()) {
    answers.push_back(InUse{lock->holder()});
    post(answers);
  } else {
    keep(answers);
  }
  lock.reset();
  stopped_.store(true, std::memory_order_release);
}

void StoreThread::keep(std::vector<Answer>& answers) {
  Store store(setup_.store);
  store.open(setup_.now(), answers);
  post(answers);
  bool more = false;
  while (!store.is_stopped()) {
    turns_.fetch_add(1, std::memory_order_relaxed);
    // While the disk fails, jobs pile up in the store's hands: then they wait in the queue, whose
    // bound the core sees.
    const bool has_room = store.waiting() < setup_.jobs_max;
    const Duration wait =
        more || (!store.is_idle() && !store.is_failing()) ? Duration{} : kTurnEvery;
    if (has_room) {
      for (Job& job : jobs_.wait_and_drain(wait)) store.accept(std::move(job));
    } else {
      jobs_.wait(wait);
    }
    store.work(setup_.now(), answers);
    post(answers);
    if (setup_.drain_log) setup_.drain_log();
    more = !store.is_stopped() && store.housekeeping(setup_.now(), answers);
    post(answers);
  }
  if (setup_.drain_log) setup_.drain_log();
}

}  // namespace lamplight::store
