// From a burst to samples: raised-cosine envelope, fundamental and harmonics 2 to 5. Pure; every
// sample depends on its position only, so a piece of a burst may be made at any time, and again.
#pragma once

#include <cstdint>
#include <span>

#include "gateway/sounder/burst.h"

namespace lamplight::sounder {

inline constexpr int64_t kForever = INT64_MAX / 4;

// A burst at its place in the stream. `origin` is its first sample that is not silent: pulse 1
// starts, by its 50 % point, half a ramp later.
struct Placed {
  Burst burst;
  int64_t origin = 0;
  int64_t stop = kForever;  // of a seamless one: no period begins here or later
  int64_t cut = kForever;   // it is faded out from here on, within kFade samples

  // The first position from which on it is silent for good; kForever: never.
  int64_t over() const;
};

inline constexpr int64_t kFade = samples_of_ms(5);

// Adds the samples of positions from, from + 1 … to `out`; full scale is 1.
void add(const Placed& placed, int64_t from, std::span<double> out);

int16_t to_16_bit(double sample);

}  // namespace lamplight::sounder
