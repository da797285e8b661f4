// What one remote-alarm contact says, pure: it is given the time and whether the loop is closed. It
// debounces, and supervises the cable by dropping the drive line for a moment: a closed loop must
// follow. A quiet contact never means that nothing is wrong: a silenced alarm releases it too.
#pragma once

#include <optional>

#include "rules/model/time.h"

namespace lamplight::contact {

struct Wiring {
  bool is_normally_closed = true;
  bool is_supervised = true;
  Duration debounce = milliseconds(300);  // to alarm
  Duration test_due = hours(24 * 30);     // without an alarm seen: the contact should be tried
};

// contact.state, in the catalogue's order.
enum class State : uint8_t { quiet, alarming, unsupervised };

class Watch {
 public:
  static constexpr Duration kClears = seconds(2);
  static constexpr Duration kPollEvery = milliseconds(100);
  static constexpr Duration kTestEvery = seconds(10);
  static constexpr Duration kTestLasts = milliseconds(50);

  explicit Watch(const Wiring& wiring) : wiring_(wiring) {}

  // The adapter is there: nothing is known of the contact yet.
  void opened(MonoTime now);
  // The loop as it was read at `now`. Returns when to read it again.
  MonoTime step(MonoTime now, bool is_closed);
  // What the drive line shall be until then.
  bool drives() const { return !is_testing_; }

  // Nothing before the first stable reading.
  std::optional<State> state() const;
  // The loop did not follow the drive line: stuck, bridged, or a foreign voltage.
  bool has_cable_fault() const { return has_fault_; }
  // An open loop cannot be told from a cut cable.
  bool cannot_be_supervised() const {
    return !wiring_.is_normally_closed || !wiring_.is_supervised;
  }
  bool is_test_due(MonoTime now) const { return now - tried_at_ >= wiring_.test_due; }

 private:
  void settle(MonoTime now, bool is_calling);

  const Wiring wiring_;
  std::optional<bool> is_calling_;  // as it is told
  std::optional<bool> seen_;        // as it was read last
  MonoTime seen_since_{};
  MonoTime test_at_{};
  MonoTime tried_at_{};
  bool is_testing_ = false;
  bool has_fault_ = false;
};

}  // namespace lamplight::contact
