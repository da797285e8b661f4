#include "gateway/sounder/light.h"

namespace lamplight::sounder {
namespace {

constexpr Duration kHighPeriod = milliseconds(500);          // 2.0 Hz
constexpr Duration kMediumPeriod = nanoseconds(1666666668);  // 0.6 Hz

Light flashing(Colour colour, Duration period) {
  return {.colour = colour, .period = period, .lit = {period.ns / 2}};
}

}  // namespace

std::string_view name_of(Colour colour) {
  switch (colour) {
    case Colour::dark:
      return "dark";
    case Colour::red:
      return "red";
    case Colour::yellow:
      return "yellow";
    case Colour::cyan:
      return "cyan";
  }
  return "dark";
}

Light light_of(Priority priority, bool steady) {
  switch (priority) {
    case Priority::info:
      return {};
    case Priority::low:
      return {.colour = Colour::cyan, .period = {}, .lit = {}};
    case Priority::medium:
      if (steady) return {.colour = Colour::yellow, .period = {}, .lit = {}};
      return flashing(Colour::yellow, kMediumPeriod);
    case Priority::high:
      if (steady) return {.colour = Colour::red, .period = {}, .lit = {}};
      return flashing(Colour::red, kHighPeriod);
  }
  return {};
}

Colour colour_at(const Light& light, Duration since) {
  if (light.period.ns == 0) return light.colour;
  return since.ns % light.period.ns < light.lit.ns ? light.colour : Colour::dark;
}

Duration next_change(const Light& light, Duration since) {
  if (light.period.ns == 0) return Duration{INT64_MAX};
  const int64_t begun = since.ns - since.ns % light.period.ns;
  const int64_t dark = begun + light.lit.ns;
  return {since.ns < dark ? dark : begun + light.period.ns};
}

}  // namespace lamplight::sounder
