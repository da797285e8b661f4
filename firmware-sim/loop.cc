#include "firmware-sim/loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <ctime>

#include "rules/model/assert.h"

namespace lamplight::sim {

Loop::Loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
  LL_ASSERT(epoll_ >= 0);
  LL_ASSERT(timer_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  LL_ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) == 0);
}

Loop::~Loop() {
  close(timer_);
  close(epoll_);
}

bool Loop::can_watch(int fd) const {
  epoll_event event{};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  return true;
}

uint64_t Loop::add(int fd, uint32_t epoll_events, Watcher& watcher) {
  const uint64_t id = next_id_++;
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = id;
  LL_ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
  watchers_[id] = &watcher;
  return id;
}

void Loop::remove(uint64_t id, int fd) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  watchers_.erase(id);
}

void Loop::wait(MonoTime deadline) {
  if (deadline != armed_) {
    itimerspec spec{};
    if (deadline != kNever) {
      // 0 would disarm: a deadline in the past fires at once as 1 ns.
      const int64_t ns = deadline.ns > 0 ? deadline.ns : 1;
      spec.it_value.tv_sec = ns / 1'000'000'000;
      spec.it_value.tv_nsec = ns % 1'000'000'000;
    }
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
    armed_ = deadline;
  }
  epoll_event events[32];
  const int n = epoll_wait(epoll_, events, 32, -1);
  for (int i = 0; i < n; ++i) {
    const uint64_t id = events[i].data.u64;
    if (id == 0) {
      uint64_t expirations = 0;
      (void)!read(timer_, &expirations, sizeof expirations);
      armed_ = kNever;
      continue;
    }
    const auto found = watchers_.find(id);
    if (found != watchers_.end()) found->second->ready(events[i].events);
  }
}

}  // namespace lamplight::sim
