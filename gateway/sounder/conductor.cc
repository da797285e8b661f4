#include "gateway/sounder/conductor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lamplight::sounder {

void Conductor::want(const Wish& wish, int64_t at) {
  const Wish before = std::exchange(wish_, wish);
  if (wish.sound == before.sound) {
    if (wish.newest > before.newest) join(at);
    return;
  }
  const int64_t room = make_room(at);
  next_ = wish.sound == Sound::none ? kForever : room;
}

// Another alarm of the rank that sounds: the burst is finished first, and then the pause is no
// longer than it must be.
void Conductor::join(int64_t at) {
  if (!now_ || now_->burst.sound != wish_.sound || next_ == kForever) return;
  const int64_t soonest = now_->origin + now_->burst.end + now_->burst.least_pause;
  next_ = std::min(next_, std::max(at, soonest));
}

// Ends what sounds; from the position it gives another sound may begin. The two-tone ends with a
// whole period, anything else at once.
int64_t Conductor::make_room(int64_t at) {
  if (!now_ || now_->over() <= at) return at;
  if (!now_->burst.is_seamless) {
    now_->cut = std::min(now_->cut, at);
    return now_->cut + kFade;
  }
  const int64_t period = now_->burst.period;
  const int64_t periods = std::max<int64_t>(1, (at - now_->origin + period - 1) / period);
  now_->stop = std::min(now_->stop, now_->origin + periods * period);
  return now_->over();
}

void Conductor::once(Sound sound, int64_t at) {
  if (wish_.sound != Sound::none || (now_ && now_->over() > at)) return;
  begin(burst_of(sound, Melody::single, f0_hz_), at);
  next_ = kForever;
}

void Conductor::begin(const Burst& burst, int64_t at) {
  before_ = std::exchange(now_, Placed{.burst = burst, .origin = at});
  begun_.push_back({burst.sound, at});
  next_ = burst.is_seamless || burst.period == 0 ? kForever : at + burst.period;
}

void Conductor::fill(int64_t from, std::span<int16_t> out) {
  while (!out.empty()) {
    if (next_ <= from) begin(burst_of(wish_.sound, wish_.melody, f0_hz_), from);
    std::array<double, 480> sums{};
    const size_t some = std::min({out.size(), sums.size(), static_cast<size_t>(next_ - from)});
    const auto piece = std::span(sums).first(some);
    if (before_) add(*before_, from, piece);
    if (now_) add(*now_, from, piece);
    std::transform(piece.begin(), piece.end(), out.begin(), to_16_bit);
    out = out.subspan(some);
    from += static_cast<int64_t>(some);
  }
}

std::vector<Conductor::Begun> Conductor::take_begun() { return std::exchange(begun_, {}); }

}  // namespace lamplight::sounder
