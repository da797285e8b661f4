// A bounded queue between exactly two threads. One side pushes, the other drains everything at
// once; the lock is held for moves of values only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <utility>
#include <vector>

#include "gateway/store/mutex.h"

namespace lamplight::store {

template <class T>
class Queue {
 public:
  // False: `room` items wait already, and `item` is untouched.
  [[nodiscard]] bool push(T& item, size_t room) {
    {
      Lock lock(mutex_);
      if (items_.size() >= room) return false;
      items_.push_back(std::move(item));
    }
    condition_.notify_one();
    return true;
  }

  // Whether the queue was empty before; for answers, which the other side always has room for.
  bool push_all(std::vector<T>& items) {
    bool was_empty = false;
    {
      Lock lock(mutex_);
      was_empty = items_.empty();
      for (T& item : items) items_.push_back(std::move(item));
    }
    items.clear();
    return was_empty;
  }

  std::vector<T> drain() {
    Lock lock(mutex_);
    return std::exchange(items_, {});
  }

  // Waits as long as told, or until the next push.
  void wait(Duration at_most) {
    Lock lock(mutex_);
    if (at_most.ns > 0) lock.wait_on(condition_, at_most);
  }

  // Waits until something is there, at most as long as told; then drains.
  std::vector<T> wait_and_drain(Duration at_most) {
    Lock lock(mutex_);
    if (items_.empty() && at_most.ns > 0) lock.wait_on(condition_, at_most);
    return std::exchange(items_, {});
  }

 private:
  Mutex mutex_;
  std::condition_variable_any condition_;
  std::vector<T> items_ LL_GUARDED_BY(mutex_);
};

}  // namespace lamplight::store
