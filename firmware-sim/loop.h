// The one loop of the simulator: epoll for descriptors, one absolute timer for deadlines, so
// that cadences do not drift. A watcher may be removed while events are being handed out.
#pragma once

#include <cstdint>
#include <map>

#include "rules/model/time.h"

namespace lamplight::sim {

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void ready(uint32_t epoll_events) = 0;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Files and /dev/null cannot be waited for.
  bool can_watch(int fd) const;
  // The watcher must outlive its registration; `fd` stays the caller's.
  uint64_t add(int fd, uint32_t epoll_events, Watcher& watcher);
  void remove(uint64_t id, int fd);
  // Waits until `deadline` or an event, then hands the events out.
  void wait(MonoTime deadline);

 private:
  int epoll_ = -1;
  int timer_ = -1;
  MonoTime armed_ = kNever;
  uint64_t next_id_ = 1;  // 0 is the timer
  std::map<uint64_t, Watcher*> watchers_;
};

}  // namespace lamplight::sim
