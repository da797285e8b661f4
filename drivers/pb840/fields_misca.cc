// The columns of MISCA (PB 840/980, and V200 in answer to SNDA). Volumes are litres: four decimals
// make the catalogue's 0.1 mL. f95 is one column for two things, a blocked and a broken circuit.
#include <array>

#include "drivers/pb840/fields.h"

namespace lamplight::pb840 {
namespace {

using K = FieldKind;

constexpr auto kFields = std::to_array<Field>({
    {6, K::identity, "id"},
    {9, K::word, "mode"},
    {10, K::setting, "set_rate"},
    {11, K::setting, "set_tidal_volume"},
    {12, K::setting, "set_peak_flow"},
    {13, K::setting, "set_oxygen"},
    {14, K::setting, "set_pressure_sensitivity"},
    {15, K::setting, "set_peep"},
    {16, K::setting, "set_plateau"},
    {21, K::setting, "set_apnoea_interval"},
    {22, K::setting, "set_apnoea_tidal_volume"},
    {23, K::setting, "set_apnoea_rate"},
    {24, K::setting, "set_apnoea_flow"},
    {25, K::setting, "set_apnoea_oxygen"},
    {26, K::setting, "set_pressure_support"},
    {27, K::word, "flow_pattern"},
    {30, K::word, "full_oxygen"},
    {34, K::measured, "rate", {}, 1, 0, 2000},
    {35, K::measured, "vte", {}, 4, 0, 60000},
    {36, K::measured, "minute_volume", {}, 2, 0, 10000},
    {37, K::other, "spontaneous_minute_volume"},
    {38, K::measured, "pip", {}, 1, -200, 1500},
    {39, K::measured, "p_mean", {}, 1, -200, 1500},
    {40, K::other, "end_inspiratory_pressure"},
    {41, K::other, "expiratory_part"},
    {42, K::setting, "limit_pressure_high"},
    {45, K::setting, "limit_exhaled_volume_low"},
    {46, K::setting, "limit_minute_volume_low"},
    {47, K::setting, "limit_rate_high"},
    {48, K::alarm, "high_pressure", "pressure_high"},
    {51, K::alarm, "low_exhaled_volume", "tidal_volume_low"},
    {52, K::alarm, "low_minute_volume", "minute_volume_low"},
    {53, K::alarm, "high_rate", "rate_high"},
    {54, K::alarm, "no_oxygen_supply", "o2_supply_failing"},
    {55, K::alarm, "no_air_supply", "other"},
    {57, K::alarm, "apnoea", "apnoea"},
    {63, K::other, "static_compliance"},
    {64, K::other, "static_resistance"},
    {65, K::other, "dynamic_compliance"},
    {66, K::other, "dynamic_resistance"},
    {67, K::other, "negative_inspiratory_force"},
    {68, K::other, "vital_capacity"},
    {69, K::other, "peak_spontaneous_flow"},
    {70, K::setting, "set_base_flow"},
    {71, K::setting, "set_flow_sensitivity"},
    {84, K::other, "end_inspiratory_pressure_2"},
    {85, K::setting, "set_inspiratory_pressure"},
    {86, K::setting, "set_inspiratory_time"},
    {87, K::setting, "set_apnoea_interval_2"},
    {88, K::setting, "set_apnoea_inspiratory_pressure"},
    {89, K::setting, "set_apnoea_rate_2"},
    {90, K::setting, "set_apnoea_inspiratory_time"},
    {91, K::setting, "set_apnoea_oxygen_2"},
    {92, K::setting, "limit_pressure_high_2"},
    {93, K::silenced, "alarm_silence"},
    {94, K::alarm, "apnoea_2", "apnoea"},
    {95, K::alarm, "occlusion_or_disconnect", "check_circuit"},
    {96, K::setting, "set_inspiratory_part"},
    {97, K::setting, "set_expiratory_part"},
    {98, K::setting, "set_apnoea_inspiratory_part"},
    {99, K::setting, "set_apnoea_expiratory_part"},
    {100, K::word, "constant_on_rate_change"},
    {101, K::word, "set_ratio"},
});

}  // namespace

std::span<const Field> misca_fields() { return kFields; }

}  // namespace lamplight::pb840
