#include "drivers/pb840_wave/breath.h"

#include <algorithm>

namespace lamplight::pb840_wave {
namespace {

constexpr int32_t kVolumeMax = 60'000;  // 0.1 mL
constexpr int32_t kRateMax = 2'000;     // 0.1 /min

// Half away from zero.
int64_t divided(int64_t a, int64_t b) { return (a >= 0 ? a + b / 2 : a - b / 2) / b; }

int32_t tenths(int32_t hundredths) { return static_cast<int32_t>(divided(hundredths, 10)); }

// A sum of flow samples in 0.01 L/min to 0.1 mL: each lasts 1/n s, and a litre a minute is
// 1000/60 mL a second.
std::optional<int32_t> volume(int64_t sum, int samples_per_second) {
  const int64_t value = divided(sum * 5, int64_t{3} * samples_per_second);
  if (value < 0 || value > kVolumeMax) return std::nullopt;
  return static_cast<int32_t>(value);
}

}  // namespace

void Breath::add(const Sample& sample) {
  if (is_too_long() || ++count_ > kSamplesMax) return;
  highest_ = count_ == 1 ? sample.pressure : std::max(highest_, sample.pressure);
  last_[static_cast<size_t>(count_ - 1) % kLast] = sample.pressure;
  if (is_reversed_) {
    out_ -= sample.flow;
    return;
  }
  if (sample.flow > 0) {
    in_ += pending_ + sample.flow;
    pending_ = 0;
    not_in_ = 0;
    has_gone_in_ = true;
    return;
  }
  pending_ += sample.flow;
  if (!has_gone_in_ || ++not_in_ < kLasting) return;
  is_reversed_ = true;
  out_ = -pending_;
}

Derived Breath::derive(int samples_per_second) const {
  Derived d;
  if (count_ < static_cast<int>(kLast) || is_too_long()) return d;
  auto last = last_;
  std::nth_element(last.begin(), last.begin() + kLast / 2, last.end());
  d.pip = tenths(highest_);
  d.peep = tenths(last[kLast / 2]);
  if (is_reversed_) {
    d.vti = volume(in_, samples_per_second);
    d.vte = volume(out_, samples_per_second);
  }
  if (count_ >= kWholeSeconds * samples_per_second) return d;
  const auto rate = static_cast<int32_t>(divided(int64_t{600} * samples_per_second, count_));
  if (rate <= kRateMax) d.rate = rate;
  return d;
}

}  // namespace lamplight::pb840_wave
