// The few things the store asks of a file system beside SQLite: free space, which file a path
// names, renaming a damaged file out of the way, random bytes for a new store's name. One
// interface, so that tests can stand in a disk that is full, read-only or gone. Store thread only.
#pragma once

#include <cstdint>
#include <string>

#include "rules/model/result.h"

namespace lamplight::store {

class Disk {
 public:
  virtual ~Disk() = default;
  // Bytes an unprivileged writer may still use below `dir`; UINT64_MAX when it cannot be told.
  virtual uint64_t free_bytes(const std::string& dir) = 0;
  virtual bool exists(const std::string& path) = 0;
  // 0: the path names no file. Two files that exist at the same time never have one identity.
  virtual uint64_t identity(const std::string& path) = 0;
  virtual uint64_t bytes(const std::string& path) = 0;  // 0 as well when there is no file
  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  // 16 lower-case hex digits that no other store has.
  virtual std::string random_name() = 0;
};

// The real one. Stateless.
Disk& real_disk();

}  // namespace lamplight::store
