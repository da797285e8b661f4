#include "gateway/store/dir_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "gateway/store/file_lock.h"

namespace lamplight::store {

DirLock::DirLock(const std::string& dir) {
  const std::string path = dir + "/lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd_ < 0) fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // a read-only disk
  if (fd_ < 0) return;
  if (const int error = lock_file(fd_); error != 0) {
    if (error != EWOULDBLOCK) return;
    std::array<char, 16> pid = {};
    const ssize_t size = ::pread(fd_, pid.data(), pid.size(), 0);
    holder_ = "another lamplightd";
    if (size > 0) holder_ = "process " + std::string(pid.data(), static_cast<size_t>(size));
    return;
  }
  // Only for the message of the one that comes second: a full disk costs no more than that.
  const std::string own = std::to_string(::getpid());
  if (::ftruncate(fd_, 0) == 0) (void)!::pwrite(fd_, own.data(), own.size(), 0);
}

DirLock::~DirLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace lamplight::store
