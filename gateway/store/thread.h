// The store thread: the one std::thread beside the core's. Jobs go in and answers come out over
// two bounded queues (queue.h), and an eventfd wakes the core's epoll. The core never waits here:
// push() and take() hold a lock for a few moves only, whatever the disk does.
// Threads: constructor, push, take and destructor on the core thread; callbacks of Options run on
// the store thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/store/queue.h"
#include "gateway/store/store.h"

namespace lamplight::store {

class StoreThread {
 public:
  struct Setup {
    Options store;
    std::function<MonoTime()> now;    // the clock of the process (gateway/clock.h)
    std::function<void()> drain_log;  // writes what the log ring holds; between commits
    bool lock_dir = false;            // refuse a state_dir that another process writes
    size_t jobs_max = 16 * 1024;      // waiting jobs; telemetry is refused at a quarter of it
  };

  // Starts the thread; Opened is its first answer.
  explicit StoreThread(Setup setup);
  // Asks for Stop if nobody has, and joins. A hung disk hangs it: a process that must not wait
  // asks is_stopped() first and leaves by _exit().
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // False: the queue is full and `job` is untouched. A batch is refused early, so that journal
  // rows always find room first; the caller drops it and sends RecordGap{overflow}.
  [[nodiscard]] bool push(Job& job);
  // Readable when answers wait; for epoll. take() makes it unreadable again.
  int answers_fd() const { return answers_fd_; }
  std::vector<Answer> take();

  // Rises with every turn of the thread; a watchdog sees a stall by it. A thread that waits for
  // jobs turns at least four times a second.
  uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }
  // The thread has done Stop, closed the store and let go of the folder: joining it waits for
  // nothing.
  bool is_stopped() const { return stopped_.load(std::memory_order_acquire); }

 private:
  void loop();
  void keep(std::vector<Answer>& answers);  // the store's life, from open to Stop
  void post(std::vector<Answer>& answers);

  Setup setup_;
  int answers_fd_ = -1;
  Queue<Job> jobs_;
  Queue<Answer> answers_;
  std::atomic<uint64_t> turns_ = 0;
  std::atomic<bool> stopped_ = false;
  bool stop_asked_ = false;  // core thread only
  std::thread thread_;       // last: it uses all of the above
};

}  // namespace lamplight::store
