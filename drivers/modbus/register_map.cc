// Binding a map to a role, and finding it by name. The TOML reader is register_map_toml.cc.
#include "drivers/modbus/register_map.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "drivers/modbus/exact.h"
#include "drivers/modbus/shipped_maps.h"
#include "rules/model/nearest.h"
#include "rules/model/text.h"

namespace lamplight::modbus {
namespace {

constexpr size_t kLineShown = 160;
constexpr std::string_view kConditionPrefix = "alarm.";

// What a map of this role may name: its conditions, or its other signals.
std::vector<std::string_view> names_of(Role role, bool conditions) {
  std::vector<std::string_view> names;
  for (const SignalInfo& info : catalogue()) {
    if (info.role != role || info.name.starts_with(kConditionPrefix) != conditions) continue;
    names.push_back(conditions ? info.name.substr(kConditionPrefix.size()) : info.name);
  }
  return names;
}

std::string remedy(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view meant = nearest(word, known);
  if (!meant.empty()) return "did you mean '" + std::string(meant) + "'?";
  std::string all = "write one of:";
  for (const std::string_view name : known) all += " " + std::string(name);
  return all;
}

std::string mistake(const RegisterMap& map, Place at, std::string_view what, std::string_view fix) {
  return mistake(map.file, map.text, at, what, fix);
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

// The mistakes of one row, or nothing.
std::string bind_register(const RegisterMap& map, RegisterRow& row, Role role) {
  const std::string who(name_of(role));
  const auto id = find_signal(role, row.signal);
  if (!id) {
    return mistake(map, row.at, "the role " + who + " has no signal '" + row.signal + "'",
                   remedy(row.signal, names_of(role, false)));
  }
  const SignalInfo& info = signal_info(*id);
  if (info.kind == SignalKind::boolean) {
    if (row.type == RegisterType::bit) return {};
    return mistake(map, row.at, row.signal + " is a boolean", "write type = \"bit\"");
  }
  if (info.kind != SignalKind::numeric || row.type == RegisterType::bit) {
    return mistake(map, row.at, row.signal + " is not a number a register can hold",
                   "leave it out, or describe a state under [[state]]");
  }
  const auto factor = unit_factor(row.unit, info.unit);
  if (!factor) {
    return mistake(
        map, row.at, "unit '" + row.unit + "' cannot become " + std::string(info.unit),
        "write the unit of the device's manual, such as \"" + std::string(info.unit) + "\"");
  }
  if (!scale_to_step(row.scaling, *factor, info.decimals)) {
    return mistake(map, row.at, "scale or offset is too fine to be kept exactly",
                   "write fewer digits");
  }
  return {};
}

std::string bind_state(const RegisterMap& map, const StateRow& row, Role role) {
  const std::string who(name_of(role));
  const auto id = find_signal(role, "state");
  if (!id) return mistake(map, row.at, "the role " + who + " has no state", "leave [[state]] out");
  const auto& words = signal_info(*id).enumerators;
  std::string errors;
  for (const auto& [number, word] : row.values) {
    if (std::ranges::find(words, word) != words.end()) continue;
    errors += mistake(map, row.at, "'" + word + "' is no state of the role " + who,
                      remedy(word, {words.begin(), words.end()}));
  }
  return errors;
}

// Why not, or nothing. A directory opens as well as a file.
std::optional<std::string> read_file(const std::string& path, std::string& text) {
  constexpr size_t kFileBytesMax = 1 << 20;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::generic_category().message(errno);
  std::array<char, 16384> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    text.append(block.data(), static_cast<size_t>(file.gcount()));
    if (text.size() > kFileBytesMax) return "it is larger than 1 MiB";
  }
  if (file.bad()) return std::generic_category().message(errno);
  return std::nullopt;
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
  std::string text;
  if (const auto why = read_file(name_or_path, text)) {
    std::string known;
    for (const auto name : shipped_maps()) known += " " + std::string(name);
    return failure("no register map '" + name_or_path + "': " + *why +
                   "\n  fix: name a readable file or one of the shipped maps:" + known);
  }
  return parse_map(text, name_or_path);
}

std::string mistake(std::string_view file, std::string_view text, Place at, std::string_view what,
                    std::string_view fix) {
  std::string out(file);
  out += ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": error: ";
  out += what;
  for (uint32_t line = 1; line < at.line && !text.empty(); ++line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  std::string_view shown = text.substr(0, text.find('\n'));
  if (shown.ends_with('\r')) shown.remove_suffix(1);
  const bool is_plain = is_utf8_text(shown) && std::ranges::none_of(shown, [](char c) {
                          return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
                        });
  if (is_plain && !shown.empty() && shown.size() <= kLineShown && at.column <= kLineShown) {
    out += '\n' + std::string(shown) + '\n';
    // A tab before the place is as wide as the one above it.
    for (uint32_t i = 0; i + 1 < at.column; ++i) {
      out += i < shown.size() && shown[i] == '\t' ? '\t' : ' ';
    }
    out += '^';
  }
  out += "\n  fix: ";
  out += fix;
  return out + '\n';
}

Status bind_to_role(RegisterMap& map, Role role) {
  std::string errors;
  for (RegisterRow& row : map.registers) {
    if (row.type != RegisterType::text) errors += bind_register(map, row, role);
  }
  for (const ConditionRow& row : map.conditions) {
    if (find_signal(role, std::string(kConditionPrefix) + row.name)) continue;
    errors +=
        mistake(map, row.at,
                "the role " + std::string(name_of(role)) + " has no condition '" + row.name + "'",
                remedy(row.name, names_of(role, true)));
  }
  for (const StateRow& row : map.states) errors += bind_state(map, row, role);
  if (!errors.empty()) return failure(errors);
  return {};
}

}  // namespace lamplight::modbus
