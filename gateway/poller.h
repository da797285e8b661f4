// epoll, for the one loop of the core thread and for the parts of it that keep descriptors of
// their own: a part's poller is itself a descriptor that the loop waits on.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "rules/model/time.h"

namespace lamplight {

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  int fd() const { return fd_; }
  // `key` comes back with the events; `fd` must leave by remove() before it is closed.
  void add(int fd, uint64_t key);
  void want_write(int fd, uint64_t key, bool wanted);
  void remove(int fd);

  struct Event {
    uint64_t key = 0;
    bool writable = false;
  };
  // Waits at most so long (zero: not at all); the events are valid until the next call.
  std::span<const Event> wait(Duration at_most);

 private:
  int fd_ = -1;
  std::array<Event, 64> events_;
};

}  // namespace lamplight
