#include "gateway/sounder/render.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "gateway/sounder/conductor.h"
#include "gateway/sounder/light.h"

namespace lamplight::sounder {
namespace {

// The two-tone says that nobody watches, or that nobody answers: as urgent as it gets.
Light light_with(Sound sound) {
  switch (sound) {
    case Sound::none:
    case Sound::chirp:
      return {};
    case Sound::reminder:
      return light_of(Priority::high, true);
    case Sound::low:
      return light_of(Priority::low, false);
    case Sound::medium:
      return light_of(Priority::medium, false);
    case Sound::high:
    case Sound::two_tone:
      return light_of(Priority::high, false);
  }
  return {};
}

}  // namespace

double seconds_of(const Rendering& what) {
  if (what.seconds > 0) return what.seconds;
  const Burst burst = burst_of(what.sound, what.melody, what.f0_hz);
  return burst.period == 0 ? 1.0 : 2.0 * static_cast<double>(burst.period) / kRate;
}

std::vector<int16_t> render_sound(const Rendering& what) {
  std::vector<int16_t> samples(static_cast<size_t>(std::llround(seconds_of(what) * kRate)));
  Conductor conductor(what.f0_hz);
  if (what.sound == Sound::chirp || what.sound == Sound::reminder) {
    conductor.once(what.sound, 0);
  } else {
    conductor.want({.sound = what.sound, .melody = what.melody, .newest = 1}, 0);
  }
  conductor.fill(0, samples);
  return samples;
}

std::string render_light(const Rendering& what) {
  const Light light = light_with(what.sound);
  const Duration until{std::llround(seconds_of(what) * 1e9)};
  std::string text = "ms,colour\n";
  for (Duration at; at < until; at = next_change(light, at)) {
    std::array<char, 64> line{};
    const int size = std::snprintf(line.data(), line.size(), "%.3f,%s\n", at.ns / 1e6,
                                   name_of(colour_at(light, at)).data());
    text.append(line.data(), static_cast<size_t>(size));
  }
  return text;
}

}  // namespace lamplight::sounder
