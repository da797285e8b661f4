// Rows of metrics.csv with may_publish = yes whose meaning is the catalogue's; LOINC only where its
// own confidence is V. Ventilator tidal volumes and leak stay urns: the public rows do not say
// inspired or expired, and their leak is a volume, not a flow.
#include "gateway/core/nomenclature.h"

#include <array>
#include <utility>
#include <vector>

#include "rules/model/catalogue.h"

namespace lamplight::core {
namespace {

constexpr auto kCodes = std::to_array<Code>({
    {"oximeter.spo2", "MDC_PULS_OXIM_SAT_O2", 150456, "2708-6"},
    {"oximeter.pulse", "MDC_PULS_OXIM_PULS_RATE", 149530, ""},
    {"oximeter.perfusion", "MDC_PULS_OXIM_PERF_REL", 150448, ""},
    {"oximeter.pleth", "MDC_PULS_OXIM_PLETH", 150452, ""},
    {"ventilator.pip", "MDC_VENT_PRESS_MAX", 151973, "76531-3"},
    {"ventilator.peep", "MDC_VENT_PRESS_AWAY_END_EXP_POS", 151976, "76248-4"},
    {"ventilator.p_mean", "MDC_VENT_PRESS_AWAY_MEAN", 151975, "76530-5"},
    {"ventilator.rate", "MDC_VENT_RESP_RATE", 151586, "33438-3"},
    {"ventilator.minute_volume", "MDC_VENT_VOL_MINUTE_AWAY", 151996, ""},
    {"ventilator.fio2", "MDC_VENT_CONC_AWAY_O2_INSP", 160920, ""},
    {"ventilator.spo2", "MDC_PULS_OXIM_SAT_O2", 150456, "2708-6"},
    {"ventilator.pulse", "MDC_PULS_OXIM_PULS_RATE", 149530, ""},
    {"ventilator.battery", "MDC_ATTR_VAL_BATT_CHARGE", 67996, ""},
    {"ventilator.p_now", "MDC_PRESS_AWAY", 151792, ""},
    {"pump.rate", "MDC_FLOW_FLUID_PUMP_CURRENT", 158014, ""},
    {"pump.rate_set", "MDC_FLOW_FLUID_PUMP", 157784, ""},
    {"pump.delivered", "MDC_VOL_FLUID_DELIV_SEGMENT", 157992, ""},
    {"pump.total", "MDC_VOL_FLUID_DELIV_TOTAL", 157993, ""},
    {"pump.battery", "MDC_ATTR_VAL_BATT_CHARGE", 67996, ""},
});

constexpr auto kUnits = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"percent", "%"},
    {"bpm", "/min"},
    {"breaths/min", "/min"},
    {"cmH2O", "cm[H2O]"},
    {"mL", "mL"},
    {"L/min", "L/min"},
    {"mL/h", "mL/h"},
    {"kPa", "kPa"},
    {"s", "s"},
    {"none", "1"},
});

// Index into kCodes by SignalId; -1: none. Built once: the table is asked for every batch.
const std::vector<int>& codes_by_signal() {
  static const std::vector<int> index = [] {
    std::vector<int> by_id(catalogue().size(), -1);
    for (size_t i = 0; i < kCodes.size(); ++i) {
      if (const auto id = find_signal(kCodes[i].path)) by_id[*id] = static_cast<int>(i);
    }
    return by_id;
  }();
  return index;
}

}  // namespace

const Code* code_of(SignalId id) {
  const int at = codes_by_signal()[id];
  return at < 0 ? nullptr : &kCodes[static_cast<size_t>(at)];
}

std::string urn_of(SignalId id) { return "urn:lamplight:signal:" + path_of(id); }

std::string_view ucum_of(SignalId id) {
  for (const auto& [ours, ucum] : kUnits) {
    if (signal_info(id).unit == ours) return ucum;
  }
  return {};
}

}  // namespace lamplight::core
