// When to try the broker again: the two schedules of the MQTT contract, as a pure class.
//   unreachable:       0.25 s ± 20 % for the first 30 s, then doubling to 30 s; never more than
//                      1 s while an alarm waits
//   rejected, kicked:  0.25 s doubling to 30 s, begun anew after 60 s of stability
// A loss is a kick until the next try shows that nobody listens: then it was an outage.
#pragma once

#include <cstdint>

#include "rules/model/time.h"

namespace lamplight::uplink {

class Reconnect {
 public:
  static constexpr Duration kFirst = milliseconds(250);
  static constexpr Duration kSteadyFor = seconds(30);  // of trying at kFirst
  static constexpr Duration kLongest = seconds(30);
  static constexpr Duration kUrgent = seconds(1);
  static constexpr Duration kStable = seconds(60);

  // `seed` makes homes differ, so that they do not come back to a broker all at once.
  explicit Reconnect(uint64_t seed) : random_(seed | 1) {}

  // What happened to the connection, and when. Each but `accepted` sets next_try().
  void accepted(MonoTime now);
  void lost(MonoTime now);         // after it was accepted
  void unreachable(MonoTime now);  // nobody answered
  void rejected(MonoTime now);     // somebody did, and said no

  // An alarm waits, or no longer: may bring the next try forward, never puts it off.
  void urgent(MonoTime now, bool waiting);

  MonoTime next_try() const { return next_try_; }

 private:
  Duration outage_delay(MonoTime now);
  Duration jittered(Duration delay);
  void wait(MonoTime now, Duration delay);
  void kick(MonoTime now);

  uint64_t random_;
  bool urgent_ = false;
  bool outage_ = false;  // the present wait is of the first schedule
  bool loss_may_be_outage_ = false;
  int kicks_ = 0;  // rejections and kicks since the last stability
  int kicks_before_loss_ = 0;
  int doublings_ = 0;  // of the first schedule
  bool in_outage_ = false;
  MonoTime outage_since_;
  MonoTime accepted_at_;
  MonoTime waiting_since_;
  MonoTime next_try_;
};

}  // namespace lamplight::uplink
