// A register map as data: which registers of a Modbus device mean what. Loaded from the TOML form
// of the Modbus reference; our own profiles are shipped maps. Addresses are 0-based here whatever
// the manual's numbering. Every mistake of a file is reported at once, with place and remedy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/catalogue.h"
#include "rules/model/priority.h"
#include "rules/model/result.h"

namespace lamplight::modbus {

enum class Table : uint8_t { coil, discrete, input, holding };
enum class RegisterType : uint8_t { u16, s16, u32, s32, float32, text, bit };
enum class WordOrder : uint8_t { abcd, cdab, badc, dcba };

// Line and column count from 1, the column in characters.
struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
};

struct Block {
  std::string name;
  Table table = Table::input;
  uint16_t first = 0;
  uint16_t count = 0;  // 1–125 registers (124 with a pad), 1–2000 coils
  uint16_t pad = 0;    // 1: poll count and count + 1 in turn
};

// raw × num / den + offset_num / offset_den = value in the catalogue's step, rounded half away
// from zero. The exact fractions include scale, offset and the change of unit.
struct Scaling {
  int64_t num = 1, den = 1;
  int64_t offset_num = 0, offset_den = 1;
};

// The word order of a wide value that the device itself chooses: by the number in another register
// of the same block.
struct ChosenOrder {
  uint16_t address = 0;
  std::vector<std::pair<uint16_t, WordOrder>> orders;
};

struct RegisterRow {
  int block = 0;
  uint16_t address = 0;
  RegisterType type = RegisterType::u16;
  WordOrder order = WordOrder::abcd;
  int bit = 0;          // of type bit
  uint16_t length = 1;  // registers
  std::string signal;   // catalogue name without its role; or an identity word for text
  std::string unit;     // as written in the map
  Scaling scaling;      // of scale and offset alone until bound to a role
  std::optional<ChosenOrder> chosen_order;  // instead of `order`
  std::optional<uint32_t> missing;
  std::optional<int64_t> range_low, range_high;  // raw, inclusive
  Place at;                                      // of the signal's name
};

struct ConditionRow {
  int block = 0;
  uint16_t address = 0;
  RegisterType type = RegisterType::u16;
  WordOrder order = WordOrder::abcd;
  int bit = 0;
  std::string name;
  Priority priority = Priority::high;
  Place at;  // of its name
};

struct StateRow {
  int block = 0;
  uint16_t address = 0;
  std::vector<std::pair<uint16_t, std::string>> values;
  Place at;  // of the values
};

struct Canary {
  Table table = Table::holding;
  uint16_t address = 0;
  uint16_t value = 0;
};

struct RegisterMap {
  std::string file, text;  // what it was read from, to show the place of a mistake
  std::string name;
  int version = 1;
  bool lamplight_head = false;  // the checks of the Lamplight profiles apply
  std::vector<Block> blocks;
  std::vector<RegisterRow> registers;
  std::vector<ConditionRow> conditions;
  std::vector<StateRow> states;
  std::optional<Canary> canary;
};

// One mistake as it is shown: "FILE:LINE:COL: error: what", the line, a caret, "  fix: fix". A line
// that does not fit on a screen is left out.
std::string mistake(std::string_view file, std::string_view text, Place at, std::string_view what,
                    std::string_view fix);

// All errors of the text, one after the other.
[[nodiscard]] Result<RegisterMap> parse_map(std::string_view text, const std::string& file_name);

// Names of the maps built into the program.
std::vector<std::string_view> shipped_maps();

// A shipped map by name, or the map in the file `name_or_path`.
[[nodiscard]] Result<RegisterMap> load_map(const std::string& name_or_path);

// Resolves signals, conditions and states against the catalogue of one role and folds the change
// of unit into each scaling. All errors of the map, as parse_map gives them.
[[nodiscard]] Status bind_to_role(RegisterMap& map, Role role);

}  // namespace lamplight::modbus
