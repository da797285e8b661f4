// The drivers that come with the house, and the port keys that each of them knows beyond those
// of every port. A test compares this with what `lamplight-driver describe` lists.
#include "gateway/config/drivers.h"

#include <algorithm>
#include <array>

namespace lamplight::config {
namespace {

using K = OptionKind;
constexpr std::array<OptionInfo, 3> kModbus = {
    {{"timeout", K::duration}, {"probe_timeout", K::duration}, {"gap", K::duration}}};
constexpr std::array<OptionInfo, 2> kNonin = {{{"format", K::scalar}, {"set_format", K::scalar}}};
constexpr std::array<OptionInfo, 6> kContact = {{{"input", K::scalar},
                                                 {"contact", K::scalar},
                                                 {"debounce", K::duration},
                                                 {"drive", K::scalar},
                                                 {"supervised", K::scalar},
                                                 {"test_due", K::duration}}};
constexpr std::array<DriverInfo, 4> kDrivers = {{
    {.name = "masimo", .options = {}, .is_bus = false},
    {.name = "nonin", .options = kNonin, .is_bus = false},
    {.name = "modbus", .options = kModbus, .is_bus = true},
    {.name = "contact", .options = kContact, .is_bus = false},
}};

}  // namespace

std::span<const DriverInfo> built_in_drivers() { return kDrivers; }

const DriverInfo* find_driver(std::string_view name) {
  const auto* found = std::find_if(kDrivers.begin(), kDrivers.end(),
                                   [&](const DriverInfo& d) { return d.name == name; });
  return found == kDrivers.end() ? nullptr : found;
}

}  // namespace lamplight::config
