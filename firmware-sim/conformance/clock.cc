#include "firmware-sim/conformance/clock.h"

#include <ctime>

namespace lamplight::conformance {

MonoTime mono_now() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return {int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec};
}

}  // namespace lamplight::conformance
