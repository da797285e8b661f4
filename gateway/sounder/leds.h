// The light as LEDs of sysfs: directories lamplight:red, lamplight:green and lamplight:blue (more
// may follow, as in lamplight:red:alarm), each with `brightness` and perhaps `max_brightness`.
// Yellow is red and green, cyan is green and blue. Writes only what changes.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "gateway/sounder/light.h"
#include "rules/model/result.h"

namespace lamplight::sounder {

class Leds {
 public:
  // Looks for them once. `directory`: /sys/class/leds, or what stands for it.
  explicit Leds(const std::filesystem::path& directory);

  bool exist() const;
  // Failure: the first LED that could not be written; the others are.
  [[nodiscard]] Status show(Colour colour);
  // Writes all of them again, to see whether they can be written.
  [[nodiscard]] Status test();

 private:
  struct Lamp {
    std::filesystem::path brightness;
    std::string full;
  };
  std::array<std::optional<Lamp>, 3> lamps_;  // red, green, blue
  std::optional<Colour> shown_;
};

}  // namespace lamplight::sounder
