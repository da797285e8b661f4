#include "tests/store/memory_disk.h"

#include <algorithm>
#include <cstring>

namespace lamplight::store::test {
namespace {

struct Handle {
  sqlite3_file base;
  MemoryDisk* disk;
  std::shared_ptr<File>* file;
};
Handle& self(sqlite3_file* f) { return *reinterpret_cast<Handle*>(f); }

int close_file(sqlite3_file* f) {
  delete self(f).file;
  return SQLITE_OK;
}
int read_file(sqlite3_file* f, void* out, int size, sqlite3_int64 at) {
  const std::string& data = (*self(f).file)->now;
  const auto want = static_cast<size_t>(size);
  const auto from = static_cast<size_t>(at);
  const size_t have = from >= data.size() ? 0 : std::min(want, data.size() - from);
  if (have > 0) std::memcpy(out, data.data() + from, have);
  self(f).disk->bytes_read += have;
  if (have == want) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + have, 0, want - have);
  return SQLITE_IOERR_SHORT_READ;
}
int write_file(sqlite3_file* f, const void* in, int size, sqlite3_int64 at) {
  if (const int code = self(f).disk->step(MemoryDisk::Op::write); code != SQLITE_OK) return code;
  File& file = **self(f).file;
  file.dirty_from = std::min(file.dirty_from, static_cast<size_t>(at));
  std::string& data = file.now;
  const size_t end = static_cast<size_t>(at) + static_cast<size_t>(size);
  if (data.size() < end) data.resize(end);
  std::memcpy(data.data() + at, in, static_cast<size_t>(size));
  return SQLITE_OK;
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  if (self(f).disk->is_read_only) return SQLITE_READONLY;
  File& file = **self(f).file;
  file.now.resize(static_cast<size_t>(size));
  file.dirty_from = std::min(file.dirty_from, static_cast<size_t>(size));
  return SQLITE_OK;
}
int sync_file(sqlite3_file* f, int) {
  if (const int code = self(f).disk->pass_sync(); code != SQLITE_OK) return code;
  File& file = **self(f).file;
  file.synced.resize(file.now.size());
  std::copy(file.now.begin() + static_cast<std::ptrdiff_t>(file.dirty_from), file.now.end(),
            file.synced.begin() + static_cast<std::ptrdiff_t>(file.dirty_from));
  file.dirty_from = file.now.size();
  return SQLITE_OK;
}
int size_of_file(sqlite3_file* f, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>((*self(f).file)->now.size());
  return SQLITE_OK;
}
int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int check_lock(sqlite3_file*, int* out) {
  *out = 0;
  return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
int shm_map(sqlite3_file* f, int region, int size, int, void volatile** out) {
  auto& shm = (*self(f).file)->shm;
  while (shm.size() <= static_cast<size_t>(region)) {
    shm.emplace_back(static_cast<size_t>(size), '\0');
  }
  *out = shm[static_cast<size_t>(region)].data();
  return SQLITE_OK;
}
// One writer in one process: every lock is free.
int shm_lock(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void shm_barrier(sqlite3_file*) {}
int shm_unmap(sqlite3_file* f, int remove) {
  if (remove != 0) (*self(f).file)->shm.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file, truncate_file, sync_file,       size_of_file,
    lock_file, lock_file,   check_lock, control,    sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,    nullptr};

MemoryDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<MemoryDisk*>(vfs->pAppData); }

int open_in(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* out_flags) {
  MemoryDisk& disk = disk_of(vfs);
  auto& handle = *reinterpret_cast<Handle*>(out);
  handle.base.pMethods = nullptr;
  if (const int code = disk.step(MemoryDisk::Op::open); code != SQLITE_OK) return code;
  const std::string path = name == nullptr ? "" : name;
  const auto found = disk.files.find(path);
  std::shared_ptr<File> file;
  if (found != disk.files.end()) {
    file = found->second;
  } else if ((flags & SQLITE_OPEN_CREATE) != 0 && !disk.is_read_only) {
    file = std::make_shared<File>();
    if (!path.empty()) disk.files[path] = file;
  } else {
    return SQLITE_CANTOPEN;
  }
  handle.base.pMethods = &kMethods;
  handle.disk = &disk;
  handle.file = new std::shared_ptr<File>(file);
  if (out_flags != nullptr) {
    *out_flags = disk.is_read_only ? (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
                                         SQLITE_OPEN_READONLY
                                   : flags;
  }
  return SQLITE_OK;
}
int delete_in(sqlite3_vfs* vfs, const char* name, int) {
  if (disk_of(vfs).is_read_only) return SQLITE_READONLY;
  return disk_of(vfs).files.erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}
int access_in(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  const bool exists = disk_of(vfs).files.contains(name);
  *out = exists && !(flags == SQLITE_ACCESS_READWRITE && disk_of(vfs).is_read_only) ? 1 : 0;
  return SQLITE_OK;
}
int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  std::strncpy(out, name, static_cast<size_t>(size) - 1);
  out[size - 1] = '\0';
  return SQLITE_OK;
}
int randomness(sqlite3_vfs*, int size, char* out) {
  std::memset(out, 0x5a, static_cast<size_t>(size));
  return size;
}
int no_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
int no_time(sqlite3_vfs*, double* out) {
  *out = 2440587.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

MemoryDisk::MemoryDisk() : name_("memory" + std::to_string(reinterpret_cast<uintptr_t>(this))) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open_in;
  vfs_.xDelete = delete_in;
  vfs_.xAccess = access_in;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = no_sleep;
  vfs_.xCurrentTime = no_time;
  vfs_.xGetLastError = last_error;
  sqlite3_vfs_register(&vfs_, 0);
}

MemoryDisk::~MemoryDisk() { sqlite3_vfs_unregister(&vfs_); }

void MemoryDisk::fail(Op op, uint64_t n, int code, bool for_good) {
  const auto i = static_cast<size_t>(op);
  plans_[i] = {counts_[i] + n, code, for_good};
}

void MemoryDisk::heal() {
  for (Plan& plan : plans_) plan = {};
  is_read_only = false;
}

int MemoryDisk::step(Op op) {
  const auto i = static_cast<size_t>(op);
  if (is_read_only && op != Op::open) return SQLITE_READONLY;
  const uint64_t n = ++counts_[i];
  const Plan& plan = plans_[i];
  if (plan.at == 0 || n < plan.at) return SQLITE_OK;
  return n == plan.at || plan.for_good ? plan.code : SQLITE_OK;
}

int MemoryDisk::pass_sync() {
  {
    std::unique_lock lock(mutex_);
    blocked_ = blocking_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !blocking_; });
    blocked_ = false;
  }
  return step(Op::sync);
}

void MemoryDisk::block_syncs() {
  const std::lock_guard lock(mutex_);
  blocking_ = true;
}
void MemoryDisk::release_syncs() {
  const std::lock_guard lock(mutex_);
  blocking_ = false;
  changed_.notify_all();
}
void MemoryDisk::wait_for_blocked_sync() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return blocked_; });
}

void MemoryDisk::forget_shm() {
  for (auto& [path, file] : files) file->shm.clear();
}

void MemoryDisk::cut_power() {
  for (auto& [path, file] : files) {
    // Handles of the dead process still point at the old file; they must not see the new one.
    auto after = std::make_shared<File>();
    after->now = after->synced = file->synced;
    after->dirty_from = after->now.size();
    file = after;
  }
}

uint64_t MemoryDisk::identity(const std::string& path) {
  const auto found = files.find(path);
  return found == files.end() ? 0 : reinterpret_cast<uintptr_t>(found->second.get());
}

uint64_t MemoryDisk::bytes(const std::string& path) {
  const auto found = files.find(path);
  return found == files.end() ? 0 : found->second->now.size();
}

Status MemoryDisk::rename(const std::string& from, const std::string& to) {
  if (is_read_only) return failure("read-only");
  const auto found = files.find(from);
  if (found == files.end()) return failure("no such file");
  files[to] = found->second;
  files.erase(from);
  return {};
}

}  // namespace lamplight::store::test
