#include "gateway/sounder/player.h"

#include <algorithm>

namespace lamplight::sounder {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kPerMs = samples_of_ms(1);
constexpr Duration kStuckAfter = seconds(1);  // nothing taken for so long: it does not play
constexpr int64_t kSlewPart = 1000;
// A turn may be late, and then the stream catches up; a box that slept begins anew.
constexpr int64_t kForgotten = 2 * kRate;

Duration time_of(int64_t samples) { return {samples * kNsPerMs / kPerMs}; }

}  // namespace

int64_t Player::due(MonoTime now) const {
  return (now - zero_).ns / kNsPerMs * kPerMs + (now - zero_).ns % kNsPerMs * kPerMs / kNsPerMs;
}

// Where a change may be placed. A device that tells its queue is never behind its own time.
int64_t Player::next_heard(MonoTime now) const {
  return tells_queue_ ? position_ : std::max(position_, due(now));
}

void Player::begin(MonoTime now) {
  zero_ = now - time_of(position_);
  tells_queue_ = false;
  last_turn_ = last_taken_ = now;
}

void Player::follow(MonoTime now, int64_t queued) {
  const Duration turn = now - last_turn_;
  last_turn_ = now;
  if (queued == 0) return;
  tells_queue_ = true;
  const int64_t most = turn.ns / kSlewPart;
  const Duration off = now - time_of(position_ - queued) - zero_;
  zero_ = zero_ + Duration{std::clamp(off.ns, -most, most)};
}

Status Player::turn(MonoTime now) {
  if (!device_.is_open()) {
    position_ = std::max(position_, due(now));
    return {};
  }
  if (due(now) - position_ > kForgotten) begin(now);
  const auto queued = device_.queued();
  if (!queued) return failure(queued.error());
  follow(now, *queued);
  while (true) {
    const int64_t room = kAhead - std::max(position_ - due(now), *queued);
    if (room <= 0) break;
    const auto some = std::min<size_t>(static_cast<size_t>(room), buffer_.size());
    const auto piece = std::span(buffer_).first(some);
    conductor_.fill(position_, piece);
    const auto taken = device_.write(piece);
    if (!taken) return failure(taken.error());
    if (*taken == 0) break;
    position_ += static_cast<int64_t>(*taken);
    last_taken_ = now;
    if (tells_queue_) break;
  }
  if (now - last_taken_ < kStuckAfter) return {};
  return failure("the sound device takes nothing: it does not play");
}

Status Player::want(const Wish& wish, MonoTime now) {
  Status status;
  if (wish.sound != conductor_.wish().sound && device_.is_open()) {
    const auto queued = device_.queued();
    status = device_.drop();
    if (queued && status) position_ -= std::min(*queued, kAhead);
  }
  conductor_.want(wish, next_heard(now));
  return status;
}

void Player::once(Sound sound, MonoTime now) { conductor_.once(sound, next_heard(now)); }

}  // namespace lamplight::sounder
