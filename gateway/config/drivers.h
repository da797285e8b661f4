// What the configuration knows of the drivers that come with the house. A driver of somebody
// else is the path of an executable; its keys are known by asking it (describe.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "gateway/config/reader.h"
#include "rules/model/catalogue.h"

namespace lamplight::config {

enum class OptionKind : uint8_t { scalar, boolean, duration, word };

struct OptionInfo {
  std::string_view key;
  OptionKind kind;
  Range range{0, 0, ""};  // of durations
  std::span<const std::string_view> words = {};
};

struct DriverInfo {
  std::string_view name;
  std::span<const OptionInfo> options;
  std::optional<Role> role;   // of every device it reads; none: a register map decides
  bool is_bus = false;        // several units on one port, each with `unit` and `map`
  bool tells_serial = false;  // its devices say their serial number; some leave it out
  bool reads_hid = false;     // also at `hid:PATH`
  bool reads_lines = false;   // no bytes: the modem lines of a serial adapter, or `lines:PATH`
};

std::span<const DriverInfo> built_in_drivers();
const DriverInfo* find_driver(std::string_view name);

// The register maps that travel inside the driver; any other is a file.
struct MapInfo {
  std::string_view name;
  Role role;
};
std::span<const MapInfo> shipped_maps();

}  // namespace lamplight::config
