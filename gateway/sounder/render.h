// A sound and its light as files, for ears and for the judge in tests/sounder: what the sounder
// would play from its start on, by the same conductor, without a sound card and without a clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/sounder/burst.h"

namespace lamplight::sounder {

struct Rendering {
  Sound sound = Sound::high;
  Melody melody = Melody::single;
  double f0_hz = kF0Hz;
  double seconds = 0;  // 0: two periods, or all of a sound that comes once
};

// Two periods of a sound that repeats, so that its pause can be heard; else a second.
double seconds_of(const Rendering& what);

std::vector<int16_t> render_sound(const Rendering& what);

// One change a line, `ms,colour`, beginning at 0; milliseconds with three decimals.
std::string render_light(const Rendering& what);

}  // namespace lamplight::sounder
