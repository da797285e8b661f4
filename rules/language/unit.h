// Units of the rules language: the closed table of the reference (percent, time, beats, breaths,
// volume, pressure, temperature) and their products and quotients. A unit is a dimension and an
// exact scale to the base unit of that dimension; names outside the table do not exist.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/language/number.h"

namespace lamplight::rules {

// Exponents of the base quantities. All zero is a pure number.
enum class Base : uint8_t { percent, time, beats, breaths, volume, pressure, temperature };
inline constexpr size_t kBaseCount = 7;

struct Dimension {
  std::array<int8_t, kBaseCount> exponent{};
  bool operator==(const Dimension&) const = default;
  constexpr bool is_number() const { return *this == Dimension{}; }
};

struct Unit {
  std::string name;  // as written: "mL/h"; empty for a pure number
  Dimension dimension;
  Ratio scale{1, 1};  // one of this unit in base units: percent, s, beats, mL, hPa, degC
  bool is_affine() const { return name == "degC"; }
};

// A unit name of the table, or several joined by * and / ("percent*s", "mL/min").
std::optional<Unit> find_unit(std::string_view name);
// A single name of the table; "breaths" alone is none.
bool is_unit_name(std::string_view word);
// The step that a limit of this unit has when the text does not say one: 0.1 of the unit.
Ratio default_step(const Unit& unit);
Unit second();

}  // namespace lamplight::rules
