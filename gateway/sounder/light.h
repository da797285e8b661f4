// The light beside the sound, as a function of how long it has been shown. Pure. Colour is never
// alone: screens write !!!, !! and ! beside it.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/model/priority.h"
#include "rules/model/time.h"

namespace lamplight::sounder {

enum class Colour : uint8_t { dark, red, yellow, cyan };
std::string_view name_of(Colour colour);

struct Light {
  Colour colour = Colour::dark;
  Duration period;  // zero: steady
  Duration lit;     // of each period, from its beginning
  bool operator==(const Light&) const = default;
};

// `steady`: acknowledged or marked, in the colour of its priority. info: dark.
Light light_of(Priority priority, bool steady);

// What to show `since` the light began.
Colour colour_at(const Light& light, Duration since);

// When after `since` that may change; never for a steady one.
Duration next_change(const Light& light, Duration since);

}  // namespace lamplight::sounder
