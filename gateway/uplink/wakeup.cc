#include "gateway/uplink/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "rules/model/assert.h"

namespace lamplight::uplink {

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { LL_ASSERT(fd_ >= 0); }

Wakeup::~Wakeup() { ::close(fd_); }

void Wakeup::raise() {
  const uint64_t one = 1;
  // Fails only when the counter is at its maximum, and then the flag is up already.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Wakeup::clear() {
  uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd_, &count, sizeof count);
}

}  // namespace lamplight::uplink
