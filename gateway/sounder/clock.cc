#include "gateway/sounder/clock.h"

#include <ctime>

namespace lamplight::sounder {

MonoTime mono_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return MonoTime{now.tv_nsec} + seconds(now.tv_sec);
}

}  // namespace lamplight::sounder
