// A burst as a table: which pulses, when, how loud, and when the next burst comes. Pure. Times are
// samples at 48 kHz between the 50 % points of the envelope, counted from the start of pulse 1.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/sounder/sound.h"

namespace lamplight::sounder {

inline constexpr int64_t kRate = 48000;
constexpr int64_t samples_of_ms(int64_t ms) { return ms * kRate / 1000; }

inline constexpr double kF0Hz = 523.25;
// For these harmonics 2 to 5 lie between 300 and 4000 Hz.
inline constexpr double kF0LeastHz = 150.0;
inline constexpr double kF0MostHz = 800.0;

struct Pulse {
  int64_t start = 0;
  double f0_hz = kF0Hz;
};

struct Burst {
  Sound sound = Sound::none;
  std::vector<Pulse> pulses;
  int64_t length = 0;  // of a pulse (t_d)
  int64_t ramp = 0;    // the whole raised cosine, of which rise and fall are the 10-90 %
  int64_t end = 0;     // of the last pulse
  int64_t period = 0;  // start to start of bursts; 0: once
  // From the end to the start of another burst of this sound, if a new alarm asks for one sooner.
  int64_t least_pause = 0;
  double peak = 0;           // of full scale
  bool is_seamless = false;  // the next burst begins while this one fades: no pause

  // From the first sample that is not silent to the one after the last.
  int64_t span() const { return end + ramp; }
};

// Precondition: kF0LeastHz ≤ f0_hz ≤ kF0MostHz. `none` gives a burst without pulses. f0_hz is the
// pitch of Melody::single; the two-tone and melodies bring their own.
Burst burst_of(Sound sound, Melody melody, double f0_hz);

}  // namespace lamplight::sounder
