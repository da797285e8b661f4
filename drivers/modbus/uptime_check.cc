#include "drivers/modbus/uptime_check.h"

#include <cstdlib>

namespace lamplight::modbus {
namespace {
// The tolerance grows with the time since the anchor: 8 s after this long.
constexpr Duration kAnchorKept = seconds(600);
// Long enough that no clock that stands still or lags by more than 5 % ever gets so far.
constexpr Duration kProvenAfter = seconds(60);

int64_t tolerance_ms(int64_t host_ms) { return 2000 + host_ms / 100; }
}  // namespace

bool UptimeCheck::fits(const Mark& since, const Mark& now) {
  if (now.uptime < since.uptime) return false;
  const int64_t host_ms = (now.at - since.at).ms();
  const int64_t device_ms = (int64_t{now.uptime} - since.uptime) * 100;
  return std::abs(device_ms - host_ms) <= tolerance_ms(host_ms);
}

UptimeCheck::Finding UptimeCheck::check(uint32_t uptime, MonoTime at) {
  const Mark now{uptime, at};
  Finding finding = Finding::fits;
  if (last_ && uptime < last_->uptime) {
    const int64_t host_ms = (at - last_->at).ms();
    if (int64_t{uptime} * 100 > host_ms + tolerance_ms(host_ms)) return doubt(now);
    finding = Finding::restarted;
  } else if (last_ && (!fits(*last_, now) || !fits(*anchor_, now))) {
    return doubt(now);
  }
  const bool is_new = !anchor_ || finding == Finding::restarted;
  if (is_new || at - anchor_->at >= kAnchorKept) anchor_ = now;
  last_ = now;
  candidate_.reset();
  return finding;
}

UptimeCheck::Finding UptimeCheck::doubt(const Mark& now) {
  if (!candidate_ || !fits(*candidate_, now)) {
    candidate_ = now;
    return Finding::suspect;
  }
  if (now.at - candidate_->at < kProvenAfter) return Finding::suspect;
  anchor_ = candidate_;
  last_ = now;
  candidate_.reset();
  return Finding::fits;
}

}  // namespace lamplight::modbus
