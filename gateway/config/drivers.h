// What the configuration knows of the drivers that come with the house. A driver of somebody
// else is the path of an executable; its keys are known by asking it (check.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/config/reader.h"

namespace lamplight::config {

enum class OptionKind : uint8_t { scalar, duration };

struct OptionInfo {
  std::string_view key;
  OptionKind kind;
  Range range{0, 0, ""};  // of durations
};

struct DriverInfo {
  std::string_view name;
  std::span<const OptionInfo> options;
  bool is_bus;  // several units on one port, each with `unit` and `map`
};

std::span<const DriverInfo> built_in_drivers();
const DriverInfo* find_driver(std::string_view name);

}  // namespace lamplight::config
