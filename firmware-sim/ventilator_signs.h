// What a ventilator would measure when a word makes it say a condition, so that values and alarms
// tell one story. Minute volume follows from volume and rate by itself.
#pragma once

#include "firmware-sim/bedside.h"

namespace lamplight::sim {

inline constexpr Sign kVentilatorSigns[] = {
    {"obstruction", "pip", 400},
    {"obstruction", "vte", 150},
    {"obstruction", "vti", 170},
    {"pressure_high", "pip", 450},
    {"pressure_sustained", "peep", 200},
    {"pressure_low", "pip", 60},
    {"tidal_volume_low", "vte", 400},
    {"tidal_volume_high", "vte", 4000},
    {"minute_volume_low", "vte", 500},
    {"minute_volume_high", "vte", 3600},
    {"rate_low", "rate", 80},
    {"rate_high", "rate", 480},
    {"apnoea", "rate", 120},
    {"peep_low", "peep", 5},
    {"peep_high", "peep", 140},
    {"leak_high", "leak", 600},
    {"leak_low", "leak", 2},
    {"fio2_low", "fio2", 210},
    {"fio2_high", "fio2", 600},
    {"o2_supply_failing", "fio2", 250},
    {"low_battery", "battery", 18},
    {"dead_battery", "battery", 3},
};

}  // namespace lamplight::sim
