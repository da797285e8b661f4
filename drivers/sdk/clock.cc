#include "drivers/sdk/clock.h"

#include <ctime>

namespace lamplight::sdk {

MonoTime mono_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return MonoTime{int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

}  // namespace lamplight::sdk
