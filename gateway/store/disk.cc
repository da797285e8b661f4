#include "gateway/store/disk.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "rules/model/assert.h"

namespace lamplight::store {
namespace {

class RealDisk final : public Disk {
 public:
  uint64_t free_bytes(const std::string& dir) override {
    struct statvfs info = {};
    if (::statvfs(dir.c_str(), &info) != 0) return UINT64_MAX;
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
  // The inode alone: both names of a comparison are in one directory.
  uint64_t identity(const std::string& path) override {
    struct stat file = {};
    return ::stat(path.c_str(), &file) == 0 ? static_cast<uint64_t>(file.st_ino) : 0;
  }
  uint64_t bytes(const std::string& path) override {
    struct stat file = {};
    return ::stat(path.c_str(), &file) == 0 ? static_cast<uint64_t>(file.st_size) : 0;
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) == 0) return {};
    const std::string why = std::generic_category().message(errno);
    return failure("cannot rename " + from + " to " + to + ": " + why);
  }
  void remove(const std::string& path) override { std::remove(path.c_str()); }
  std::string random_name() override {
    std::array<uint8_t, 8> bytes = {};
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    LL_ASSERT(got == static_cast<ssize_t>(bytes.size()));
    std::string name;
    for (const uint8_t b : bytes) {
      static constexpr char kHex[] = "0123456789abcdef";
      name += kHex[b >> 4];
      name += kHex[b & 15];
    }
    return name;
  }
};

}  // namespace

Disk& real_disk() {
  static RealDisk disk;  // without state
  return disk;
}

}  // namespace lamplight::store
