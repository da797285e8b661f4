// One lamplightd writes a state_dir: a lock on the file `lock` in it, held as long as this object
// lives. It opens files, so only the store thread may take it: a disk that hangs must not keep
// anybody from watching. A directory that cannot be locked at all is used without.
#pragma once

#include <string>

namespace lamplight::store {

class DirLock {
 public:
  explicit DirLock(const std::string& dir);
  ~DirLock();
  DirLock(const DirLock&) = delete;
  DirLock& operator=(const DirLock&) = delete;

  // Who holds it, as words; empty: nobody else.
  const std::string& holder() const { return holder_; }

 private:
  int fd_ = -1;
  std::string holder_;
};

}  // namespace lamplight::store
