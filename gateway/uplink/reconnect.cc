#include "gateway/uplink/reconnect.h"

#include <algorithm>

namespace lamplight::uplink {
namespace {

Duration doubled(Duration first, int times, Duration most) {
  Duration delay = first;
  for (int i = 0; i < times && delay < most; ++i) delay = delay * 2;
  return std::min(delay, most);
}

}  // namespace

void Reconnect::accepted(MonoTime now) {
  accepted_at_ = now;
  outage_ = false;
  in_outage_ = false;
  doublings_ = 0;
}

void Reconnect::lost(MonoTime now) {
  if (now - accepted_at_ >= kStable) kicks_ = 0;
  kicks_before_loss_ = kicks_;
  kick(now);
  loss_may_be_outage_ = true;
}

void Reconnect::rejected(MonoTime now) {
  loss_may_be_outage_ = false;
  in_outage_ = false;
  doublings_ = 0;
  kick(now);
}

void Reconnect::kick(MonoTime now) {
  outage_ = false;
  wait(now, doubled(kFirst, kicks_, kLongest));
  ++kicks_;
}

void Reconnect::unreachable(MonoTime now) {
  if (loss_may_be_outage_) kicks_ = kicks_before_loss_;
  loss_may_be_outage_ = false;
  if (!in_outage_) {
    in_outage_ = true;
    outage_since_ = now;
    doublings_ = 0;
  }
  outage_ = true;
  wait(now, outage_delay(now));
}

Duration Reconnect::outage_delay(MonoTime now) {
  if (now - outage_since_ < kSteadyFor) return jittered(kFirst);
  if (doubled(kFirst, doublings_, kLongest) < kLongest) ++doublings_;
  const Duration delay = jittered(doubled(kFirst, doublings_, kLongest));
  return std::min(delay, urgent_ ? kUrgent : kLongest);
}

Duration Reconnect::jittered(Duration delay) {
  // xorshift64: enough to spread homes, and the same in every test.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const auto per_mille = static_cast<int64_t>(random_ % 401) - 200;
  return delay + nanoseconds(delay.ns / 1000 * per_mille);
}

void Reconnect::wait(MonoTime now, Duration delay) {
  waiting_since_ = now;
  next_try_ = now + delay;
}

void Reconnect::urgent(MonoTime now, bool waiting) {
  urgent_ = waiting;
  if (!urgent_ || !outage_) return;
  next_try_ = std::min(next_try_, std::max(now, waiting_since_ + kUrgent));
}

}  // namespace lamplight::uplink
