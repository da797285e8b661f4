#include "drivers/medibus/codes.h"

#include <algorithm>
#include <array>

namespace lamplight::medibus {
namespace {

constexpr Page kCp1 = Page::cp1, kCp2 = Page::cp2;

constexpr auto kMeasured = std::to_array<Measured>({
    {kCp1, 0x73, "p_mean", Scale::mbar_to_cmh2o, -200, 1500},
    {kCp1, 0x78, "peep", Scale::mbar_to_cmh2o, -200, 1500},
    {kCp1, 0x7D, "pip", Scale::mbar_to_cmh2o, -200, 1500},
    {kCp1, 0x88, "vte", Scale::as_printed, 0, 60000},
    {kCp1, 0xB2, "leak", Scale::ml_min_to_l_min, 0, 2000},
    {kCp1, 0xB9, "minute_volume", Scale::as_printed, 0, 10000},
    {kCp1, 0xD6, "rate", Scale::as_printed, 0, 2000},
    {kCp1, 0xE1, "pulse", Scale::as_printed, 1, 3210},
    {kCp1, 0xEB, "spo2", Scale::as_printed, 1, 1000},
    {kCp1, 0xF0, "fio2", Scale::as_printed, 0, 1030},
    {kCp2, 0x22, "vti", Scale::as_printed, 0, 60000},
});

constexpr auto kAlarms = std::to_array<Alarm>({
    {kCp1, 0x00, "apnoea"},
    {kCp1, 0x02, "oximeter_limit"},
    {kCp1, 0x07, "oximeter_limit"},
    {kCp1, 0x08, "fio2_low"},
    {kCp1, 0x0D, "apnoea"},
    {kCp1, 0x0E, "apnoea"},
    {kCp1, 0x0F, "apnoea"},
    {kCp1, 0x10, "pressure_high"},
    {kCp1, 0x13, "o2_supply_failing"},
    {kCp1, 0x19, "minute_volume_low"},
    {kCp1, 0x1E, "oximeter_limit"},
    {kCp1, 0x22, "oximeter_limit"},
    {kCp1, 0x37, "fio2_high"},
    {kCp1, 0x4B, "low_battery"},
    {kCp1, 0x7C, "internal_fault"},
    {kCp1, 0x90, "rate_high"},
    {kCp1, 0x98, "apnoea"},
    {kCp1, 0x9A, "circuit_disconnected"},
    {kCp1, 0x9B, "minute_volume_high"},
    {kCp1, 0x9F, "internal_fault"},
    {kCp1, 0xA3, "pressure_low"},
    {kCp1, 0xB0, "check_circuit"},
    {kCp1, 0xB7, "too_hot"},
    {kCp1, 0xBD, "o2_supply_failing"},
    {kCp1, 0xBF, "fio2_high"},
    {kCp1, 0xC0, "fio2_low"},
    {kCp1, 0xC5, "too_hot"},
    {kCp1, 0xDA, "peep_high"},
    {kCp1, 0xE8, "tidal_volume_high"},
    {kCp1, 0xEF, "all_power_lost"},
    {kCp1, 0xF1, "pressure_high"},
    {kCp1, 0xF8, "pressure_sustained"},
    {kCp2, 0x8D, "circuit_disconnected"},
    {kCp2, 0x93, "apnoea"},
});

constexpr auto kSettings = std::to_array<Setting>({
    {0x01, "set_oxygen"},
    {0x02, "set_flow_max"},
    {0x04, "set_tidal_volume"},
    {0x05, "set_inspiratory_time"},
    {0x07, "set_inspiratory_part"},
    {0x08, "set_expiratory_part"},
    {0x09, "set_rate_imv"},
    {0x0A, "set_rate_ippv"},
    {0x0B, "set_peep"},
    {0x0C, "set_intermittent_peep"},
    {0x0D, "set_pressure_low"},
    {0x0E, "set_pressure_high"},
    {0x0F, "set_time_low"},
    {0x10, "set_time_high"},
    {0x11, "set_apnoea_time"},
    {0x12, "set_pressure_support"},
    {0x13, "set_pressure_max"},
    {0x15, "set_trigger_pressure"},
    {0x16, "limit_tachypnoea_rate"},
    {0x17, "limit_tachypnoea_time"},
    {0x27, "set_pause_percent"},
    {0x29, "set_flow_trigger"},
    {0x2E, "set_ramp"},
    {0x40, "set_tidal_volume_ml"},
    {0x42, "set_rate_min"},
    {0x45, "set_inspiratory_pressure"},
    {0x4A, "age"},
    {0x4B, "weight"},
});

constexpr auto kModes =
    std::to_array<uint8_t>({0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C,
                            0x0D, 0x0E, 0x12, 0x18, 0x19, 0x1A, 0x34, 0x59, 0x5A, 0x5B});

}  // namespace

std::span<const Measured> measured() { return kMeasured; }
std::span<const Alarm> alarms() { return kAlarms; }
std::span<const Setting> settings() { return kSettings; }

std::string_view condition_of(Page page, uint8_t code) {
  const auto is_it = [&](const Alarm& alarm) { return alarm.page == page && alarm.code == code; };
  const auto* found = std::ranges::find_if(kAlarms, is_it);
  return found == kAlarms.end() ? "other" : found->condition;
}

Says text_says(uint8_t code) {
  if (code == 0x1E || code == 0x54) return Says::standby;
  if (code == 0x53) return Says::test;
  if (code == 0x11) return Says::apnoea_ventilation;
  return std::ranges::find(kModes, code) == kModes.end() ? Says::nothing : Says::mode;
}

}  // namespace lamplight::medibus
