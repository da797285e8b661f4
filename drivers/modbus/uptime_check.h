// A device's uptime against our own clock. Each reply must fit the one before it, and an anchor
// further back, so that neither a slow lag nor an uptime that stands still passes for a clock. A
// crystal within 1 % always fits. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/model/time.h"

namespace lamplight::modbus {

class UptimeCheck {
 public:
  enum class Finding : uint8_t {
    fits,
    restarted,  // began anew, and not before we last heard of it
    suspect,    // an old or cached reply; it changes nothing of what is believed
  };
  // `uptime` in 0.1 s, of one and the same device, in the order of `at`.
  Finding check(uint32_t uptime, MonoTime at);

 private:
  struct Mark {
    uint32_t uptime = 0;
    MonoTime at;
  };
  static bool fits(const Mark& since, const Mark& now);
  Finding doubt(const Mark& now);

  std::optional<Mark> last_;    // the last one believed
  std::optional<Mark> anchor_;  // moved up rarely
  // Where a clock that fits nothing known began: believed once it has gone right for long enough,
  // so that a device whose clock has jumped is not lost for ever.
  std::optional<Mark> candidate_;
};

}  // namespace lamplight::modbus
