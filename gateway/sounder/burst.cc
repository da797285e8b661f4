#include "gateway/sounder/burst.h"

#include <cmath>
#include <span>

namespace lamplight::sounder {
namespace {

constexpr double kC4 = 261.63;
constexpr double kD4 = 293.66;
constexpr double kF4 = 349.23;
constexpr double kG4 = 392.00;
constexpr double kA4 = 440.00;
constexpr double kB4 = 493.88;
constexpr double kC5 = 523.25;

using Notes = std::array<double, 5>;

// A raised cosine takes 0.59033 of its length from 10 % to 90 %.
int64_t ramp_of(double rise_ms) {
  return std::llround(rise_ms / 0.59033 * static_cast<double>(samples_of_ms(1)));
}

double of_full_scale(double db) { return std::pow(10.0, db / 20.0); }

// A high burst plays the five notes twice, a medium one the first three, a low one the first two.
Notes notes_of(Melody melody, double f0_hz) {
  switch (melody) {
    case Melody::single:
      break;
    case Melody::ventilation:
      return {kC4, kA4, kF4, kA4, kF4};
    case Melody::oxygen:
      return {kC5, kB4, kA4, kG4, kF4};
    case Melody::feeding:
      return {kC5, kD4, kG4, kC5, kD4};
    case Melody::equipment:
      return {kC5, kC4, kC4, kC5, kC4};
  }
  return {f0_hz, f0_hz, f0_hz, f0_hz, f0_hz};
}

struct Row {
  std::span<const int64_t> starts_ms;
  int64_t length_ms;
  double rise_ms;
  int64_t period_ms;
  int64_t least_pause_ms;
  double peak_db;
};

constexpr int64_t kHighStarts[] = {0, 250, 500, 1000, 1250, 2000, 2250, 2500, 3000, 3250};
constexpr int64_t kMediumStarts[] = {0, 400, 800};
constexpr int64_t kLowStarts[] = {0, 400};
constexpr int64_t kTwoToneStarts[] = {0, 250};
constexpr int64_t kOneStart[] = {0};
constexpr Notes kTwoTone = {660.0, 880.0};

constexpr Row kHigh{kHighStarts, 150, 25, 8400, 2500, -3};
constexpr Row kMedium{kMediumStarts, 200, 30, 11000, 2500, -6};
// More than 15 s: the limits' own bound.
constexpr Row kLow{kLowStarts, 200, 40, 30600, 15500, -9};
constexpr Row kTwoToneRow{kTwoToneStarts, 250, 20, 500, 0, -3};
constexpr Row kReminder{kOneStart, 150, 25, 0, 0, -9};
// No alarm: shorter than the shortest pulse of one (75 ms), and quiet.
constexpr Row kChirp{kOneStart, 50, 10, 0, 0, -15};

Burst made(Sound sound, const Row& row, const Notes& notes) {
  Burst burst;
  burst.sound = sound;
  for (size_t i = 0; i < row.starts_ms.size(); ++i) {
    burst.pulses.push_back({samples_of_ms(row.starts_ms[i]), notes[i % notes.size()]});
  }
  burst.length = samples_of_ms(row.length_ms);
  burst.ramp = ramp_of(row.rise_ms);
  burst.end = burst.pulses.back().start + burst.length;
  burst.period = samples_of_ms(row.period_ms);
  burst.least_pause = samples_of_ms(row.least_pause_ms);
  burst.peak = of_full_scale(row.peak_db);
  burst.is_seamless = sound == Sound::two_tone;
  return burst;
}

}  // namespace

Burst burst_of(Sound sound, Melody melody, double f0_hz) {
  const Notes single = notes_of(Melody::single, f0_hz);
  switch (sound) {
    case Sound::none:
      return {};
    case Sound::chirp:
      return made(sound, kChirp, single);
    case Sound::reminder:
      return made(sound, kReminder, single);
    case Sound::low:
      return made(sound, kLow, notes_of(melody, f0_hz));
    case Sound::medium:
      return made(sound, kMedium, notes_of(melody, f0_hz));
    case Sound::high:
      return made(sound, kHigh, notes_of(melody, f0_hz));
    case Sound::two_tone:
      return made(sound, kTwoToneRow, kTwoTone);
  }
  return {};
}

}  // namespace lamplight::sounder
