// The lanes of the record, most important first. What is shed for space is shed from the end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight {

enum class Lane : uint8_t { alarm, system, vitals, wave, debug };
inline constexpr int kLaneCount = 5;
inline constexpr std::array<std::string_view, kLaneCount> kLaneNames = {"alarm", "system", "vitals",
                                                                        "wave", "debug"};
constexpr std::string_view name_of(Lane l) { return kLaneNames[static_cast<size_t>(l)]; }
constexpr std::optional<Lane> lane_of(std::string_view word) {
  for (size_t i = 0; i < kLaneNames.size(); ++i) {
    if (kLaneNames[i] == word) return static_cast<Lane>(i);
  }
  return std::nullopt;
}

}  // namespace lamplight
