// The annotated Mutex of this process: clang checks at compile time that what it guards is
// touched under it only. Held for a few instructions, never around a call into a library.
#pragma once

#include <mutex>

#if defined(__clang__)
#define LL_THREAD(x) __attribute__((x))
#else
#define LL_THREAD(x)
#endif

namespace lamplight::uplink {

class LL_THREAD(capability("mutex")) Mutex {
 public:
  void lock() LL_THREAD(acquire_capability()) { mutex_.lock(); }
  void unlock() LL_THREAD(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class LL_THREAD(scoped_lockable) Locked {
 public:
  explicit Locked(Mutex& mutex) LL_THREAD(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~Locked() LL_THREAD(release_capability()) { mutex_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace lamplight::uplink
