// A bounded queue from any thread to one, with a descriptor that polls readable while something
// is in it. A full queue refuses: the caller decides what that means (a command is dropped and
// counted, the main thread stops reading, an acknowledgement cannot happen).
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "gateway/uplink/mutex.h"
#include "gateway/uplink/wakeup.h"

namespace lamplight::uplink {

template <class T>
class Queue {
 public:
  explicit Queue(size_t most) : most_(most) {}

  // Readable while the queue is not empty; for poll() of the receiving thread.
  int fd() const { return wakeup_.fd(); }

  // False when `most`, or the caller's own lower bound, is reached.
  [[nodiscard]] bool push(T value) { return push(std::move(value), most_); }
  [[nodiscard]] bool push(T value, size_t bound) {
    const Locked locked(mutex_);
    if (items_.size() >= bound) return false;
    if (items_.empty()) wakeup_.raise();
    items_.push_back(std::move(value));
    return true;
  }

  // Everything there is, in order. Receiving thread only.
  std::deque<T> take_all() {
    const Locked locked(mutex_);
    wakeup_.clear();
    return std::exchange(items_, {});
  }

  size_t size() {
    const Locked locked(mutex_);
    return items_.size();
  }

 private:
  const size_t most_;
  Wakeup wakeup_;
  Mutex mutex_;
  std::deque<T> items_ LL_THREAD(guarded_by(mutex_));
};

}  // namespace lamplight::uplink
