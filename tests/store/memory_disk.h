// A disk in memory behind SQLite's VFS interface and the store's Disk: the N-th write, sync or
// open can fail (once or for good), a sync can block, power can be cut (un-synced writes are
// dropped) and the process can die (they stay). For tests; one process, any thread.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/store/disk.h"

namespace lamplight::store::test {

struct File {
  std::string now;     // what a reader sees
  std::string synced;  // what survives power
  std::vector<std::string> shm;
  size_t dirty_from = 0;  // below it `synced` equals `now`
};

class MemoryDisk final : public Disk {
 public:
  enum class Op : uint8_t { write, sync, open };

  // Registers a VFS of its own name with SQLite; not the default one.
  MemoryDisk();
  ~MemoryDisk() override;
  const char* vfs() const { return name_.c_str(); }

  // The n-th operation of that kind from now on (1 = next) fails with `code`; for_good: so do all
  // after it. code as SQLITE_IOERR_WRITE, SQLITE_FULL, SQLITE_CANTOPEN.
  void fail(Op op, uint64_t n, int code, bool for_good);
  void heal();
  uint64_t count(Op op) const { return counts_[static_cast<size_t>(op)]; }
  void block_syncs();
  void release_syncs();
  // Waits until a sync is blocked.
  void wait_for_blocked_sync();

  void cut_power();  // every handle must be closed
  void process_dies() { forget_shm(); }
  bool is_read_only = false;
  uint64_t free = UINT64_MAX;
  std::atomic<uint64_t> bytes_read = 0;

  std::map<std::string, std::shared_ptr<File>> files;

  uint64_t free_bytes(const std::string&) override { return free; }
  bool exists(const std::string& path) override { return files.contains(path); }
  uint64_t identity(const std::string& path) override;
  uint64_t bytes(const std::string& path) override;
  [[nodiscard]] Status rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override { files.erase(path); }
  std::string random_name() override { return "store" + std::to_string(++names_); }

  // For the VFS methods.
  int step(Op op);
  int pass_sync();

 private:
  void forget_shm();
  struct Plan {
    uint64_t at = 0;  // 0: none
    int code = SQLITE_OK;
    bool for_good = false;
  };
  std::string name_;
  sqlite3_vfs vfs_ = {};
  uint64_t counts_[3] = {};
  Plan plans_[3];
  int names_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool blocking_ = false;
  bool blocked_ = false;
};

}  // namespace lamplight::store::test
