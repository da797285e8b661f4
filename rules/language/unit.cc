// The table of units, reference section 3. 1 mbar = 1 hPa, 1 kPa = 10 hPa and
// 1 cmH2O = 0.980665 hPa are exact by definition.
#include "rules/language/unit.h"

#include <array>

namespace lamplight::rules {
namespace {

constexpr Dimension of(Base base) {
  Dimension out;
  out.exponent[static_cast<size_t>(base)] = 1;
  return out;
}

constexpr Dimension quotient(Dimension a, Dimension b) {
  for (size_t i = 0; i < kBaseCount; ++i) {
    a.exponent[i] = static_cast<int8_t>(a.exponent[i] - b.exponent[i]);
  }
  return a;
}

struct Row {
  std::string_view name;
  Dimension dimension;
  int64_t num;
  int64_t den;
};

constexpr std::array kTable = {
    Row{"percent", of(Base::percent), 1, 1},
    Row{"ms", of(Base::time), 1, 1000},
    Row{"s", of(Base::time), 1, 1},
    Row{"min", of(Base::time), 60, 1},
    Row{"h", of(Base::time), 3600, 1},
    Row{"bpm", quotient(of(Base::beats), of(Base::time)), 1, 60},
    Row{"breaths/min", quotient(of(Base::breaths), of(Base::time)), 1, 60},
    Row{"mL", of(Base::volume), 1, 1},
    Row{"L", of(Base::volume), 1000, 1},
    Row{"cmH2O", of(Base::pressure), 980665, 1000000},
    Row{"hPa", of(Base::pressure), 1, 1},
    Row{"mbar", of(Base::pressure), 1, 1},
    Row{"kPa", of(Base::pressure), 10, 1},
    Row{"degC", of(Base::temperature), 1, 1},
    Row{"none", Dimension{}, 1, 1},
};

// Exponents beyond this have no meaning at a bedside and keep int8 and the ratios small.
constexpr int kExponentMax = 4;

const Row* find_row(std::string_view name) {
  for (const Row& row : kTable) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// The longest name of the table at the start of `text`, followed by nothing, '*' or '/'.
const Row* longest_row(std::string_view text) {
  const Row* best = nullptr;
  for (const Row& row : kTable) {
    if (!text.starts_with(row.name)) continue;
    const std::string_view rest = text.substr(row.name.size());
    if (!rest.empty() && rest[0] != '*' && rest[0] != '/') continue;
    if (best == nullptr || row.name.size() > best->name.size()) best = &row;
  }
  return best;
}

bool join(Unit& unit, const Row& row, bool divided) {
  for (size_t i = 0; i < kBaseCount; ++i) {
    const int sum =
        unit.dimension.exponent[i] + (divided ? -1 : 1) * int{row.dimension.exponent[i]};
    if (sum > kExponentMax || sum < -kExponentMax) return false;
    unit.dimension.exponent[i] = static_cast<int8_t>(sum);
  }
  const Ratio scale{row.num, row.den};
  const auto reduced = make_ratio(scale.num, scale.den);
  if (!reduced) return false;
  const auto joined = divided ? divide(unit.scale, *reduced) : multiply(unit.scale, *reduced);
  if (!joined) return false;
  unit.scale = *joined;
  return true;
}

}  // namespace

std::optional<Unit> find_unit(std::string_view name) {
  Unit out;
  out.name = std::string(name);
  bool divided = false;
  for (;;) {
    const Row* row = longest_row(name);
    if (row == nullptr) return std::nullopt;
    if (!join(out, *row, divided)) return std::nullopt;
    name.remove_prefix(row->name.size());
    if (name.empty()) return out;
    divided = name[0] == '/';
    name.remove_prefix(1);
  }
}

bool is_unit_name(std::string_view word) { return find_row(word) != nullptr; }

Ratio default_step(const Unit& unit) {
  if (unit.dimension.is_number()) return Ratio{1, 1};
  return Ratio{1, 10};
}

Unit second() {
  const auto unit = find_unit("s");
  return *unit;
}

}  // namespace lamplight::rules
