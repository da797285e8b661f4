// Sums as exact linear forms over signals and limits, in base units, and from there to the
// engine's integers: one common scale, computed once, at compile time.
#pragma once

#include <map>
#include <optional>

#include "rules/engine/program.h"
#include "rules/language/ast.h"
#include "rules/language/number.h"

namespace lamplight::rules {

// Σ ratio·signal (in steps) + Σ ratio·limit (in steps) + Σ ratio·number + constant, in base units.
struct LinearForm {
  std::map<uint16_t, Ratio> signals;
  std::map<uint16_t, Ratio> limits;
  Ratio constant{0, 1};
  std::map<uint16_t, Ratio> numbers{};  // by operation: windows, ages
};

// In place; false if a number would not fit (the form is then useless).
[[nodiscard]] bool accumulate(LinearForm& into, const LinearForm& from);
[[nodiscard]] bool scale(LinearForm& form, Ratio by);

// The same form times `factor` (> 0), all integers without a common divisor.
struct ScaledForm {
  engine::Linear linear;
  Ratio factor{1, 1};
};
std::optional<ScaledForm> to_integers(const LinearForm& form);

// A ratio as the engine keeps it; nothing if it needs more than 63 bits.
std::optional<engine::Ratio> to_engine(Ratio r);

}  // namespace lamplight::rules
