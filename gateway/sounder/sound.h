// What can be heard from the box, in rising rank: a sound of higher rank interrupts a lower one.
// Sources of every number in burst.cc: alarms design, section 11. Names are those of the command
// line and of the messages on core.sock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight::sounder {

enum class Sound : uint8_t {
  none,
  chirp,     // the box is on; no alarm
  reminder,  // an acknowledged alarm is still open
  low,
  medium,
  high,
  two_tone,  // nobody answers, power fails, monitoring has stopped
};

inline constexpr std::array<std::string_view, 7> kSoundNames = {
    "none", "chirp", "reminder", "low", "medium", "high", "two-tone"};

constexpr std::string_view name_of(Sound sound) { return kSoundNames[static_cast<size_t>(sound)]; }

constexpr std::optional<Sound> sound_of(std::string_view name) {
  for (size_t i = 0; i < kSoundNames.size(); ++i) {
    if (kSoundNames[i] == name) return static_cast<Sound>(i);
  }
  return std::nullopt;
}

// What a melody tells: where to look. Without melodies every pulse has the same pitch.
enum class Melody : uint8_t { single, ventilation, oxygen, feeding, equipment };

inline constexpr std::array<std::string_view, 5> kMelodyNames = {"single", "ventilation", "oxygen",
                                                                 "feeding", "equipment"};

constexpr std::optional<Melody> melody_of(std::string_view name) {
  for (size_t i = 0; i < kMelodyNames.size(); ++i) {
    if (kMelodyNames[i] == name) return static_cast<Melody>(i);
  }
  return std::nullopt;
}

}  // namespace lamplight::sounder
