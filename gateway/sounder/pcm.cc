#include "gateway/sounder/pcm.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lamplight::sounder {
namespace {

constexpr int kPartials = 5;
constexpr double kStep = 0.7079458;    // from one harmonic to the next: -3 dB
constexpr double kHighestHz = 4000.0;  // harmonics above are left out

// The sum of the partials at `phase` turns of the fundamental, before it is brought to its peak.
double wave(double phase, int partials) {
  double sum = 0;
  double level = 1;
  for (int h = 1; h <= partials; ++h, level *= kStep) {
    sum += level * std::sin(2 * std::numbers::pi * h * phase);
  }
  return sum;
}

double peak_of(int partials) {
  constexpr int kSteps = 2048;
  double peak = 0;
  for (int i = 0; i < kSteps; ++i)
    peak = std::max(peak, std::abs(wave(1.0 * i / kSteps, partials)));
  return peak;
}

int partials_of(double f0_hz) { return std::min(kPartials, static_cast<int>(kHighestHz / f0_hz)); }

// 0 before, 1 after, half at `from` + ramp / 2.
double raised(int64_t at, int64_t ramp) {
  if (at <= 0) return 0;
  if (at >= ramp) return 1;
  return 0.5 -
         0.5 * std::cos(std::numbers::pi * static_cast<double>(at) / static_cast<double>(ramp));
}

// One pulse whose ramp begins at position `first`.
void add_pulse(const Burst& burst, double f0_hz, int64_t first, int64_t from,
               std::span<double> out) {
  const int64_t begin = std::max(first, from);
  const int64_t end =
      std::min(first + burst.length + burst.ramp, from + static_cast<int64_t>(out.size()));
  if (begin >= end) return;
  const int partials = partials_of(f0_hz);
  const double level = burst.peak / peak_of(partials);
  for (int64_t p = begin; p < end; ++p) {
    const int64_t at = p - first;
    const double envelope = raised(at, burst.ramp) - raised(at - burst.length, burst.ramp);
    const double phase = f0_hz * static_cast<double>(at) / static_cast<double>(kRate);
    out[static_cast<size_t>(p - from)] += level * envelope * wave(phase, partials);
  }
}

void add_whole(const Placed& placed, int64_t from, std::span<double> out) {
  const Burst& burst = placed.burst;
  const int64_t until = from + static_cast<int64_t>(out.size());
  int64_t again = placed.origin;
  if (burst.is_seamless && from > placed.origin + burst.span()) {
    again += (from - placed.origin - burst.span()) / burst.period * burst.period;
  }
  for (; again < until && again < placed.stop; again += burst.period) {
    for (const Pulse& pulse : burst.pulses) {
      add_pulse(burst, pulse.f0_hz, again + pulse.start, from, out);
    }
    if (!burst.is_seamless) return;
  }
}

}  // namespace

int64_t Placed::over() const {
  int64_t end = origin + burst.span();
  if (burst.is_seamless) {
    if (stop >= kForever) return std::min(kForever, cut + kFade);
    end = stop + burst.ramp;
  }
  return std::min(end, cut + kFade);
}

void add(const Placed& placed, int64_t from, std::span<double> out) {
  if (placed.burst.pulses.empty() || from >= placed.over()) return;
  if (placed.cut >= from + static_cast<int64_t>(out.size())) return add_whole(placed, from, out);
  std::vector<double> own(out.size(), 0.0);
  add_whole(placed, from, own);
  for (size_t i = 0; i < own.size(); ++i) {
    const int64_t left = placed.cut + kFade - (from + static_cast<int64_t>(i));
    const double gain = std::clamp(static_cast<double>(left) / kFade, 0.0, 1.0);
    out[i] += gain * own[i];
  }
}

int16_t to_16_bit(double sample) {
  return static_cast<int16_t>(std::lround(std::clamp(sample, -1.0, 1.0) * 32767.0));
}

}  // namespace lamplight::sounder
