// The store: both SQLite files, written by one thread. Synchronous and without a clock: it is
// given `now`. It promises that nothing it answered Durable for is lost or altered, that a job it
// cannot do stays in its hands and is tried again in order, and that open() always answers
// Opened, whatever the disk is like. Store thread only; StoreThread (thread.h) gives it one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/store/disk.h"
#include "gateway/store/messages.h"
#include "rules/model/catalogue.h"

namespace lamplight::store {

struct Device {
  std::string id;  // "ox1"
  Role role = Role::oximeter;
};

struct Options {
  std::string dir;   // state_dir; must exist
  std::string home;  // opaque id
  std::string boot;  // boot id
  uint64_t record_quota = 256ULL << 20;
  uint64_t telemetry_quota = 2ULL << 30;
  uint64_t free_floor = 256ULL << 20;
  std::vector<Device> devices;                  // DeviceNumber n is devices[n - 1]
  const char* vfs = nullptr;                    // SQLite's default
  Disk* disk = nullptr;                         // real_disk(); must outlive the store
  std::function<void(const std::string&)> log;  // one line, called on the store thread
};

using Answers = std::vector<Answer>;

class Store {
 public:
  explicit Store(Options options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // First call. Appends Opened, then Failing when the files cannot be written.
  void open(MonoTime now, Answers& answers);
  // Takes the job into its hands; work() does it.
  void accept(Job&& job);
  // Commits what waits: journal rows first, in one synced transaction; then telemetry; then one
  // read. Does nothing for a file that is failing until its next try is due.
  void work(MonoTime now, Answers& answers);
  // accept + work.
  void perform(Job&& job, MonoTime now, Answers& answers);
  // One small step (tens of milliseconds at most) of checkpoint, compaction, quota or vacuum.
  // True: there is more to do at once.
  bool housekeeping(MonoTime now, Answers& answers);

  bool is_idle() const;       // nothing waits
  size_t waiting() const;     // jobs in its hands
  bool is_failing() const;    // between Failing and Recovered
  bool is_stopped() const;    // Stop was accepted and done, or could not be done
  MonoTime next_due() const;  // when work() or housekeeping() has something to do by itself

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lamplight::store
