#include "firmware-sim/truth.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {
constexpr size_t kBufferBytes = 64 * 1024;
}  // namespace

Truth::~Truth() {
  flush();
  if (fd_ >= 0) close(fd_);
}

Status Truth::open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    return failure("cannot write the truth log " + path + ": " + std::strerror(errno) +
                   "; name a file in a directory that exists and can be written");
  }
  return {};
}

void Truth::record(MonoTime t, std::string_view device, std::string_view what,
                   std::string_view members) {
  JsonWriter w(pending_);
  w.begin_object().key("t").integer(t.ns);
  if (!device.empty()) w.key("device").string(device);
  w.key("what").string(what);
  if (!members.empty()) {
    pending_ += ',';
    pending_ += members;
  }
  pending_ += "}\n";
  if (fd_ >= 0 && (!buffered_ || pending_.size() >= kBufferBytes)) flush();
}

void Truth::flush() {
  if (fd_ < 0) return;
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = write(fd_, pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      // A full disk must not stop the devices; the hole is said on standard error, once.
      if (!complained_) {
        std::fprintf(stderr, "lamplight-sim: the truth log has a hole: %s\n", std::strerror(errno));
      }
      complained_ = true;
      break;
    }
    done += static_cast<size_t>(n);
  }
  pending_.clear();
}

std::string Truth::take_kept() { return std::exchange(pending_, {}); }

}  // namespace lamplight::sim
