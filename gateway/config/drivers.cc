// The drivers that come with the house, and the port keys that each of them knows beyond those
// of every port. A test compares this with what `lamplight-driver describe` lists.
#include "gateway/config/drivers.h"

#include <algorithm>
#include <array>

namespace lamplight::config {
namespace {

using K = OptionKind;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kDay = 24LL * 3'600'000 * kMs;
// The ranges are those that the drivers themselves accept.
constexpr std::array<OptionInfo, 3> kModbus = {{
    {"timeout", K::duration, {50 * kMs, 10'000 * kMs, "\"50 ms\" to \"10 s\""}},
    {"probe_timeout", K::duration, {20 * kMs, 2'000 * kMs, "\"20 ms\" to \"2 s\""}},
    {"gap", K::duration, {0, 1'000 * kMs, "\"0 s\" to \"1 s\""}},
}};
constexpr std::array<std::string_view, 6> kFormats = {"auto", "df2", "df7", "df8", "df13", "ascii"};
constexpr std::array<OptionInfo, 2> kNonin = {{
    {.key = "format", .kind = K::word, .words = kFormats},
    {.key = "set_format", .kind = K::boolean},
}};
constexpr std::array<std::string_view, 3> kCms50Formats = {"v7", "uart", "hid"};
constexpr std::array<OptionInfo, 1> kCms50 = {{
    {.key = "format", .kind = K::word, .words = kCms50Formats},
}};
constexpr std::array<std::string_view, 3> kReports = {"auto", "miscf", "misca"};
constexpr std::array<OptionInfo, 1> kPb840 = {{
    {.key = "report", .kind = K::word, .words = kReports},
}};
constexpr std::array<OptionInfo, 6> kContact = {{
    {"input", K::scalar},
    {"contact", K::scalar},
    {"debounce", K::duration, {0, 10'000 * kMs, "\"0 s\" to \"10 s\""}},
    {"drive", K::scalar},
    {"supervised", K::scalar},
    {"test_due", K::duration, {3'600'000 * kMs, 400 * kDay, "\"1 h\" to \"9600 h\""}},
}};
constexpr std::array<OptionInfo, 1> kBaseA = {{
    {"module", K::scalar},
}};
constexpr std::array<DriverInfo, 11> kDrivers = {{
    {.name = "masimo", .options = {}, .role = Role::oximeter, .tells_serial = true},
    {.name = "nonin", .options = kNonin, .role = Role::oximeter},
    {.name = "modbus", .options = kModbus, .role = {}, .is_bus = true, .tells_serial = true},
    {.name = "nellcor", .options = {}, .role = Role::oximeter},
    {.name = "cms50", .options = kCms50, .role = Role::oximeter, .reads_hid = true},
    {.name = "pb840", .options = kPb840, .role = Role::ventilator, .tells_serial = true},
    {.name = "medibus", .options = {}, .role = Role::ventilator},
    {.name = "contact", .options = kContact, .role = Role::contact, .reads_lines = true},
    {.name = "pb840-wave", .options = {}, .role = Role::ventilator},
    {.name = "alaris", .options = {}, .role = Role::pump, .tells_serial = true},
    {.name = "base-a", .options = kBaseA, .role = Role::pump},
}};
constexpr std::array<MapInfo, 2> kMaps = {{{"lfp-1", Role::pump}, {"lvp-1", Role::ventilator}}};

}  // namespace

std::span<const DriverInfo> built_in_drivers() { return kDrivers; }

const DriverInfo* find_driver(std::string_view name) {
  const auto* found = std::find_if(kDrivers.begin(), kDrivers.end(),
                                   [&](const DriverInfo& d) { return d.name == name; });
  return found == kDrivers.end() ? nullptr : found;
}

std::span<const MapInfo> shipped_maps() { return kMaps; }

}  // namespace lamplight::config
