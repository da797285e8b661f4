#include "firmware-sim/clock.h"

#include <ctime>

namespace lamplight::sim {

MonoTime now() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return {int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec};
}

int64_t wall_seconds() {
  timespec ts{};
  clock_gettime(CLOCK_REALTIME, &ts);
  return ts.tv_sec;
}

}  // namespace lamplight::sim
