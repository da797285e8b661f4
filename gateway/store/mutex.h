// The annotated mutex of the house: clang's -Wthread-safety checks that what it guards is touched
// only under it (std::mutex of libstdc++ has no annotations). Used by the two queues of the store
// and nowhere else; see the list of threads in gateway/app.h.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "rules/model/time.h"

#if defined(__clang__)
#define LL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define LL_THREAD_ANNOTATION(x)
#endif
#define LL_CAPABILITY(x) LL_THREAD_ANNOTATION(capability(x))
#define LL_SCOPED_CAPABILITY LL_THREAD_ANNOTATION(scoped_lockable)
#define LL_GUARDED_BY(x) LL_THREAD_ANNOTATION(guarded_by(x))
#define LL_ACQUIRE(...) LL_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define LL_RELEASE(...) LL_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace lamplight::store {

class LL_CAPABILITY("mutex") Mutex {
 public:
  void lock() LL_ACQUIRE() { mutex_.lock(); }
  void unlock() LL_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class LL_SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) LL_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() LL_RELEASE() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Releases while waiting, holds again on return; may wake for no reason.
  void wait_on(std::condition_variable_any& condition, Duration at_most) {
    condition.wait_for(mutex_, std::chrono::nanoseconds(at_most.ns));
  }

 private:
  Mutex& mutex_;
};

}  // namespace lamplight::store
