#include "drivers/pb840/asker.h"

#include <algorithm>
#include <array>

namespace lamplight::pb840 {
namespace {

// The three documented requests, all of them questions; nothing else can leave.
constexpr size_t kReset = 0, kSendMisca = 1, kSendMiscf = 2;
const std::array<std::string, 3>& table() {
  static const std::array<std::string, 3> kTable = {"RSET\r", "SNDA\r", "SNDF\r"};
  return kTable;
}
// Time for the ventilator to clear its buffer.
constexpr Duration kAfterReset = milliseconds(100);

}  // namespace

Asker::Asker(Choice choice, Duration period)
    : choice_(choice),
      period_(std::max(period, kPeriodMin)),
      asks_miscf_(choice != Choice::misca) {}

std::span<const std::string> Asker::requests() const { return table(); }

void Asker::opened(MonoTime now) {
  must_reset_ = true;
  is_waiting_ = false;
  ask_at_ = now;
}

void Asker::heard(MonoTime now, sdk::Heard what) {
  if (!is_waiting_) return;
  has_begun_ = true;
  heard_at_ = now;
  if (!what.has_good && !what.has_bad) return;
  is_waiting_ = false;
  ask_at_ = std::max(asked_at_ + period_, now);
}

MonoTime Asker::patience() const {
  return has_begun_ ? heard_at_ + kQuietMax : asked_at_ + kBeginsWithin;
}

sdk::AskTurn Asker::turn(MonoTime now) {
  const bool is_lost = is_waiting_ && now >= patience();
  if (is_lost) {
    is_waiting_ = false;
    must_reset_ = true;
    if (choice_ == Choice::either) asks_miscf_ = !asks_miscf_;
  }
  if (must_reset_) {
    must_reset_ = false;
    ask_at_ = now + kAfterReset;
    return {.request = kReset, .next = ask_at_, .is_lost = is_lost};
  }
  if (is_waiting_) return {.request = {}, .next = patience()};
  if (now < ask_at_) return {.request = {}, .next = ask_at_};
  is_waiting_ = true;
  has_begun_ = false;
  asked_at_ = now;
  return {.request = asks_miscf_ ? kSendMiscf : kSendMisca, .next = patience()};
}

}  // namespace lamplight::pb840
