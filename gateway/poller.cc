#include "gateway/poller.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>

#include "rules/model/assert.h"

namespace lamplight {

Poller::Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) { LL_ASSERT(fd_ >= 0); }
Poller::~Poller() { ::close(fd_); }

void Poller::add(int fd, uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  LL_ASSERT(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Poller::want_write(int fd, uint64_t key, bool wanted) {
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = key;
  ::epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(int fd) { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const Poller::Event> Poller::wait(Duration at_most) {
  std::array<epoll_event, 64> ready{};
  // Rounded up: waking a millisecond early would only spin until the deadline has come.
  const int64_t ms = std::clamp<int64_t>((at_most.ns + 999'999) / 1'000'000, 0, 60'000);
  const int count =
      ::epoll_wait(fd_, ready.data(), static_cast<int>(ready.size()), static_cast<int>(ms));
  const auto found = static_cast<size_t>(std::max(count, 0));
  for (size_t i = 0; i < found; ++i) {
    events_[i] = {.key = ready[i].data.u64, .writable = (ready[i].events & EPOLLOUT) != 0};
  }
  return {events_.data(), found};
}

}  // namespace lamplight
