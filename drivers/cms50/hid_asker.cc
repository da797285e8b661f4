#include "drivers/cms50/hid_asker.h"

#include <algorithm>
#include <array>

namespace lamplight::cms50 {
namespace {

// Open (stop whatever was on its way), model, live pleth, live measurements; then the ping.
constexpr size_t kOpening = 4, kPing = 4;
const std::array<std::string, 5>& table() {
  static const std::array<std::string, 5> kTable = {
      "\x7D\x81\xA7\x80\x80\x80\x80\x80\x80\x7D\x81\xA2\x80\x80\x80\x80\x80\x80", "\x81\x01",
      std::string("\x9B\x00\x1B", 3), "\x9B\x01\x1C", "\x9A\x1A"};
  return kTable;
}

}  // namespace

std::span<const std::string> HidAsker::requests() const { return table(); }

void HidAsker::opened(MonoTime now) {
  next_ = 0;
  next_at_ = now;
  ping_at_ = now + kPingEvery;
  lost_at_ = now + kAnswersWithin;
}

void HidAsker::heard(MonoTime now, sdk::Heard what) {
  if (what.has_good) lost_at_ = now + kAnswersWithin;
}

sdk::AskTurn HidAsker::turn(MonoTime now) {
  if (now >= lost_at_) opened(now);
  if (next_ < kOpening && now >= next_at_) {
    next_at_ = now + kBetween;
    return {.request = next_++, .next = next_at_};
  }
  if (now >= ping_at_) {
    ping_at_ = now + kPingEvery;
    return {.request = kPing, .next = now};
  }
  const MonoTime opening = next_ < kOpening ? next_at_ : kNever;
  return {.request = {}, .next = std::min({opening, ping_at_, lost_at_})};
}

}  // namespace lamplight::cms50
