// Binding a map to a role, and finding it by name. The TOML reader is register_map_toml.cc.
#include "drivers/modbus/register_map.h"

#include <fstream>
#include <iterator>

#include "drivers/modbus/exact.h"
#include "drivers/modbus/shipped_maps.h"

namespace lamplight::modbus {
namespace {

std::string at_line(const RegisterMap& map, int line) {
  return "map " + map.name + ", line " + std::to_string(line) + ": ";
}

bool scale_to_step(Scaling& scaling, Fraction factor, int decimals) {
  Fraction step{1, 1};
  for (int i = 0; i < decimals; ++i) step.num *= 10;
  const auto to_step = multiply(factor, step);
  if (!to_step) return false;
  const auto scale = multiply({scaling.num, scaling.den}, *to_step);
  const auto offset = multiply({scaling.offset_num, scaling.offset_den}, *to_step);
  if (!scale || !offset) return false;
  scaling = {scale->num, scale->den, offset->num, offset->den};
  return true;
}

Status bind_register(const RegisterMap& map, RegisterRow& row, Role role) {
  const auto id = find_signal(role, row.signal);
  if (!id) {
    return failure(at_line(map, row.line) + "the catalogue has no signal '" +
                   std::string(name_of(role)) + "." + row.signal + "'");
  }
  const SignalInfo& info = signal_info(*id);
  if (info.kind == SignalKind::boolean) {
    if (row.type == RegisterType::bit) return {};
    return failure(at_line(map, row.line) + row.signal + " is a boolean: write type = \"bit\"");
  }
  if (info.kind != SignalKind::numeric || row.type == RegisterType::bit) {
    return failure(at_line(map, row.line) + row.signal + " is not a number a register can hold");
  }
  const auto factor = unit_factor(row.unit, info.unit);
  if (!factor) {
    return failure(at_line(map, row.line) + "unit '" + row.unit + "' cannot become " +
                   std::string(info.unit));
  }
  if (!scale_to_step(row.scaling, *factor, info.decimals)) {
    return failure(at_line(map, row.line) + "scale or offset is too fine to be kept exactly");
  }
  return {};
}

Status bind_state(const RegisterMap& map, const StateRow& row, Role role) {
  const auto id = find_signal(role, "state");
  if (!id) return failure(at_line(map, row.line) + "this role has no state");
  for (const auto& [number, word] : row.values) {
    bool known = false;
    for (const auto enumerator : signal_info(*id).enumerators) known = known || enumerator == word;
    if (!known) {
      return failure(at_line(map, row.line) + "'" + word + "' is no state of a " +
                     std::string(name_of(role)));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string_view> shipped_maps() {
  std::vector<std::string_view> names;
  for (const ShippedMap& map : kShippedMaps) names.push_back(map.name);
  return names;
}

Result<RegisterMap> load_map(const std::string& name_or_path) {
  for (const ShippedMap& map : kShippedMaps) {
    if (map.name == name_or_path) return parse_map(map.text, name_or_path + ".toml");
  }
  std::ifstream file(name_or_path, std::ios::binary);
  if (!file) {
    std::string known;
    for (const auto name : shipped_maps()) known += " " + std::string(name);
    return failure("no register map '" + name_or_path +
                   "'\n  fix: name a readable file or one of the shipped maps:" + known);
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_map(text, name_or_path);
}

Status bind_to_role(RegisterMap& map, Role role) {
  for (RegisterRow& row : map.registers) {
    if (row.type == RegisterType::text) continue;
    if (auto bound = bind_register(map, row, role); !bound) return bound;
  }
  for (const ConditionRow& row : map.conditions) {
    if (!find_signal(role, "alarm." + row.name)) {
      return failure(at_line(map, row.line) + "the catalogue has no condition '" +
                     std::string(name_of(role)) + ".alarm." + row.name + "'");
    }
  }
  for (const StateRow& row : map.states) {
    if (auto bound = bind_state(map, row, role); !bound) return bound;
  }
  return {};
}

}  // namespace lamplight::modbus
