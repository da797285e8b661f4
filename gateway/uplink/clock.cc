#include "gateway/uplink/clock.h"

#include <ctime>

namespace lamplight::uplink {

MonoTime now() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return MonoTime{} + seconds(t.tv_sec) + nanoseconds(t.tv_nsec);
}

}  // namespace lamplight::uplink
