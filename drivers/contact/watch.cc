#include "drivers/contact/watch.h"

#include <algorithm>

namespace lamplight::contact {

void Watch::opened(MonoTime now) {
  is_calling_.reset();
  seen_.reset();
  is_testing_ = false;
  has_fault_ = false;
  test_at_ = now + kTestEvery;
  tried_at_ = now;
}

MonoTime Watch::step(MonoTime now, bool is_closed) {
  if (is_testing_) {
    // Without drive a closed loop must read open.
    is_testing_ = false;
    has_fault_ = is_closed;
    test_at_ = now + kTestEvery;
    return now + kTestLasts;  // the line is given time to come back; this reading says no more
  }
  settle(now, is_closed != wiring_.is_normally_closed);
  // Only a closed loop can follow.
  const bool is_due = wiring_.is_supervised && now >= test_at_ && is_closed;
  if (is_due) {
    is_testing_ = true;
    return now + kTestLasts;
  }
  return now + kPollEvery;
}

void Watch::settle(MonoTime now, bool is_calling) {
  if (seen_ != is_calling) {
    seen_ = is_calling;
    seen_since_ = now;
  }
  const Duration needed = is_calling ? wiring_.debounce : kClears;
  // The first reading needs only to be stable.
  const Duration enough = is_calling_ ? needed : std::min(needed, wiring_.debounce);
  if (now - seen_since_ < enough) return;
  is_calling_ = is_calling;
  if (is_calling) tried_at_ = now;
}

std::optional<State> Watch::state() const {
  // Whatever the last test of the closed loop said, an open one calls; and as long as it is open
  // there is no further test that could take the fault back.
  const bool is_open = wiring_.is_normally_closed && is_calling_.value_or(false);
  if (is_open) return State::alarming;
  if (has_fault_) return State::unsupervised;
  if (!is_calling_) return std::nullopt;
  return *is_calling_ ? State::alarming : State::quiet;
}

}  // namespace lamplight::contact
