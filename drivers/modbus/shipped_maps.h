// The register maps that travel inside the program: the texts of maps/*.toml, put in by the build.
#pragma once

#include <span>
#include <string_view>

namespace lamplight::modbus {

struct ShippedMap {
  std::string_view name;
  std::string_view text;
};
extern const std::span<const ShippedMap> kShippedMaps;

}  // namespace lamplight::modbus
