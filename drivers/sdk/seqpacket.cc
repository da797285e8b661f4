#include "drivers/sdk/seqpacket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace lamplight::sdk {

Result<FileDescriptor> connect_seqpacket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("the path is too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || ::connect(fd.get(), generic, sizeof address) != 0) {
    return failure(path + ": " + std::strerror(errno));
  }
  return fd;
}

}  // namespace lamplight::sdk
