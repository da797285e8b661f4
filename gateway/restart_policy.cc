#include "gateway/restart_policy.h"

#include <algorithm>

namespace lamplight {
namespace {

constexpr Duration kFirstDelay = milliseconds(100);
constexpr Duration kLongestDelay = seconds(10);
constexpr Duration kStable = seconds(60);
constexpr Duration kWindow = seconds(60);
constexpr size_t kDeathsAllowed = 5;
constexpr int64_t kJitterPercent = 20;

}  // namespace

MonoTime RestartPolicy::died(MonoTime now) {
  ++deaths_;
  recent_.push_back(now);
  if (recent_.size() > kDeathsAllowed + 1) recent_.pop_front();
  const bool was_stable = now - started_ >= kStable;
  delay_ = delay_.ns == 0 || was_stable ? kFirstDelay
                                        : Duration{std::min(delay_.ns * 2, kLongestDelay.ns)};
  // xorshift64: jitter needs no quality, only that two boxes do not agree.
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  const auto percent = static_cast<int64_t>(random_ % (2 * kJitterPercent + 1)) - kJitterPercent;
  return now + Duration{delay_.ns * (100 + percent) / 100};
}

bool RestartPolicy::is_failing(MonoTime now) const {
  return recent_.size() > kDeathsAllowed && now - recent_.front() < kWindow;
}

MonoTime RestartPolicy::failing_until(MonoTime now) const {
  return is_failing(now) ? recent_.front() + kWindow : kNever;
}

}  // namespace lamplight
