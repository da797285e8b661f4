#include "drivers/sdk/port_owner.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace lamplight::sdk {
namespace {

constexpr const char* kUnknown = "another process";

std::string name_of_process(int pid) {
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(comm, name);
  return name.empty() ? "process " + std::to_string(pid)
                      : name + " (process " + std::to_string(pid) + ")";
}

// /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 00:18:5 0 EOF"; device numbers in hexadecimal.
std::string owner_of(const struct stat& file) {
  char wanted[64];
  std::snprintf(wanted, sizeof wanted, "%02x:%02x:%llu", major(file.st_dev), minor(file.st_dev),
                static_cast<unsigned long long>(file.st_ino));
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string mode;
    std::string access;
    std::string where;
    int pid = 0;
    words >> number >> kind >> mode >> access >> pid >> where;
    if (kind == "FLOCK" && where == wanted && pid > 0) return name_of_process(pid);
  }
  return kUnknown;
}

}  // namespace

std::string lock_owner(int fd) {
  struct stat file{};
  return ::fstat(fd, &file) == 0 ? owner_of(file) : kUnknown;
}

std::string lock_owner(const std::string& path) {
  struct stat file{};
  return ::stat(path.c_str(), &file) == 0 ? owner_of(file) : kUnknown;
}

}  // namespace lamplight::sdk
