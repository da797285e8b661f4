// Bounds what commands from the broker may cost. Each is an input, and so lies in the ring, and
// each with a new id may leave a row in the record: a hundred large ones a second would turn the
// ring over before the next snapshot, and shed the history to make room for themselves.
//
// A command costs one credit, and one more for each 4 KiB. Acknowledgements have credits of their
// own, so that nothing else that is sent too often keeps a nurse's from arriving. Pure: it is given
// `now`. The numbers are ours: no care team acknowledges each second for longer than two minutes,
// and both budgets together are a tenth of the ring in ten seconds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "rules/model/time.h"

namespace lamplight {

class CommandMeter {
 public:
  static constexpr int64_t kAtOnce = 120;  // credits that can be saved
  static constexpr size_t kBytesACredit = 4096;
  static constexpr Duration kQuiet = minutes(1);  // an end that is told more often would flood too

  // False: it is dropped, and counted. Whoever gets no answer sends it again.
  [[nodiscard]] bool take(MonoTime now, bool is_acknowledgement, size_t bytes) {
    Budget& budget = is_acknowledgement ? acknowledgements_ : others_;
    if (budget.pay(now, static_cast<int64_t>(1 + bytes / kBytesACredit))) return true;
    ++dropped_;
    last_dropped_ = now;
    return false;
  }

  bool is_flooding(MonoTime now) const { return dropped_ > 0 && now - last_dropped_ < kQuiet; }
  uint64_t dropped() const { return dropped_; }

 private:
  struct Budget {
    Duration every;                                            // a new credit
    MonoTime used_until{std::numeric_limits<int64_t>::min()};  // of the time that earned them

    bool pay(MonoTime now, int64_t credits) {
      const MonoTime until = std::max(used_until, now - every * kAtOnce) + every * credits;
      if (until > now) return false;
      used_until = until;
      return true;
    }
  };

  Budget acknowledgements_{.every = seconds(1)};
  Budget others_{.every = milliseconds(500)};
  uint64_t dropped_ = 0;
  MonoTime last_dropped_;
};

}  // namespace lamplight
