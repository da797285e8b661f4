#include "drivers/sdk/conversation.h"

#include <algorithm>

namespace lamplight::sdk {

void Conversation::begin(MonoTime now) {
  question_ = 0;
  is_waiting_ = false;
  cycle_at_ = now;
}

void Conversation::opened(MonoTime now) {
  replies_.clear();
  misses_ = 0;
  quiet_until_ = now;
  begin(now);
}

std::optional<size_t> Conversation::awaited() const {
  return is_waiting_ ? std::optional(question_) : std::nullopt;
}

bool Conversation::answered(size_t question, MonoTime at) {
  if (awaited() != question) {
    // Somebody is out of step. What was asked meanwhile is let go, and its answer with it.
    is_waiting_ = false;
    quiet_until_ = at + plan_.timeout;
    return false;
  }
  is_waiting_ = false;
  // A device that opens every session and refuses each question in it tells nothing either.
  if (question >= plan_.opening) misses_ = 0;
  if (++question_ == plan_.opening + plan_.cyclic) {
    question_ = plan_.opening;
    cycle_at_ = std::max(cycle_at_ + plan_.period, at);
  }
  return true;
}

void Conversation::refused(MonoTime at) {
  if (!is_waiting_) return;
  ++misses_;
  quiet_until_ = at + plan_.timeout;
  begin(at);
}

void Conversation::reply(size_t request) {
  if (replies_.size() < kAnswersMax) replies_.push_back(request);
}

AskTurn Conversation::turn(MonoTime now) {
  if (!replies_.empty()) {
    const size_t request = replies_.front();
    replies_.pop_front();
    return {.request = request, .next = now};
  }
  bool is_lost = false;
  if (is_waiting_ && now >= asked_at_ + plan_.timeout) {
    is_waiting_ = false;
    quiet_until_ = now + plan_.timeout;
    ++misses_;
  }
  if (misses_ >= kMissesMax) {
    is_lost = true;
    misses_ = 0;
    begin(now);
  }
  if (is_waiting_) return {.request = {}, .next = asked_at_ + plan_.timeout, .is_lost = is_lost};
  const bool is_cycle_due = question_ != plan_.opening || now >= cycle_at_;
  if (now < quiet_until_ || !is_cycle_due) {
    const MonoTime cycle = is_cycle_due ? now : cycle_at_;
    return {.request = {}, .next = std::max(quiet_until_, cycle), .is_lost = is_lost};
  }
  is_waiting_ = true;
  asked_at_ = now;
  return {.request = question_, .next = asked_at_ + plan_.timeout, .is_lost = is_lost};
}

}  // namespace lamplight::sdk
