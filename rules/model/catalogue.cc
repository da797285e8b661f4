// The table itself, in the order of the signal catalogue, sections 1 and 2. Priorities of pump
// and ventilator conditions are those of the register profiles (LFP-1 5.2, LVP-1 6.2).
#include "rules/model/catalogue.h"

#include <array>

namespace lamplight {
namespace {

using std::string_view;

constexpr std::array<string_view, 6> kVentilatorStates = {
    "self_test", "standby", "ventilating", "apnoea_backup", "safe_state", "shutting_down"};
constexpr std::array<string_view, 12> kPumpStates = {
    "self_test", "standby",  "feeding",    "hold",  "between_doses", "priming",
    "flushing",  "complete", "alarm_stop", "fault", "keep_open",     "shutting_down"};
constexpr std::array<string_view, 3> kContactStates = {"quiet", "alarming", "unsupervised"};

constexpr SignalInfo numeric(Role r, string_view name, string_view unit, int decimals) {
  return {r, name, SignalKind::numeric, unit, decimals, {}, std::nullopt};
}
constexpr SignalInfo waveform(Role r, string_view name, string_view unit, int decimals) {
  return {r, name, SignalKind::waveform, unit, decimals, {}, std::nullopt};
}
constexpr SignalInfo enumeration(Role r, string_view name, std::span<const string_view> words) {
  return {r, name, SignalKind::enumeration, "", 0, words, std::nullopt};
}
constexpr SignalInfo boolean(Role r, string_view name) {
  return {r, name, SignalKind::boolean, "", 0, {}, std::nullopt};
}
constexpr SignalInfo condition(Role r, string_view name, Priority p) {
  return {r, name, SignalKind::boolean, "", 0, {}, p};
}

constexpr auto kTable = std::to_array<SignalInfo>({
    numeric(Role::oximeter, "spo2", "percent", 1),
    numeric(Role::oximeter, "pulse", "bpm", 1),
    numeric(Role::oximeter, "perfusion", "percent", 2),
    waveform(Role::oximeter, "pleth", "none", 0),
    condition(Role::oximeter, "alarm.spo2_low", Priority::high),
    condition(Role::oximeter, "alarm.pulse_low", Priority::high),
    condition(Role::oximeter, "alarm.desaturation", Priority::high),
    condition(Role::oximeter, "alarm.internal_fault", Priority::high),
    condition(Role::oximeter, "alarm.dead_battery", Priority::high),
    condition(Role::oximeter, "alarm.pulse_high", Priority::medium),
    condition(Role::oximeter, "alarm.probe_off", Priority::medium),
    condition(Role::oximeter, "alarm.probe_disconnected", Priority::medium),
    condition(Role::oximeter, "alarm.probe_fault", Priority::medium),
    condition(Role::oximeter, "alarm.probe_unsupported", Priority::medium),
    condition(Role::oximeter, "alarm.non_pulsatile", Priority::medium),
    condition(Role::oximeter, "alarm.data_frozen", Priority::medium),
    condition(Role::oximeter, "alarm.low_battery", Priority::medium),
    condition(Role::oximeter, "alarm.spo2_high", Priority::low),
    condition(Role::oximeter, "alarm.perfusion_low", Priority::low),
    condition(Role::oximeter, "alarm.perfusion_change", Priority::low),
    condition(Role::oximeter, "alarm.searching", Priority::low),
    condition(Role::oximeter, "alarm.poor_signal", Priority::low),
    condition(Role::oximeter, "alarm.interference", Priority::low),
    condition(Role::oximeter, "alarm.artefact", Priority::low),
    condition(Role::oximeter, "alarm.mains_lost", Priority::low),
    condition(Role::oximeter, "alarm.other", Priority::high),
    boolean(Role::oximeter, "silenced"),
    boolean(Role::oximeter, "on_mains"),
    numeric(Role::ventilator, "pip", "cmH2O", 1),
    numeric(Role::ventilator, "peep", "cmH2O", 1),
    numeric(Role::ventilator, "p_mean", "cmH2O", 1),
    numeric(Role::ventilator, "vti", "mL", 1),
    numeric(Role::ventilator, "vte", "mL", 1),
    numeric(Role::ventilator, "rate", "breaths/min", 1),
    numeric(Role::ventilator, "minute_volume", "L/min", 2),
    numeric(Role::ventilator, "leak", "L/min", 1),
    numeric(Role::ventilator, "fio2", "percent", 1),
    numeric(Role::ventilator, "since_breath", "s", 1),
    numeric(Role::ventilator, "spo2", "percent", 1),
    numeric(Role::ventilator, "pulse", "bpm", 1),
    numeric(Role::ventilator, "battery", "percent", 0),
    enumeration(Role::ventilator, "state", kVentilatorStates),
    waveform(Role::ventilator, "p_now", "cmH2O", 2),
    waveform(Role::ventilator, "flow", "L/min", 2),
    condition(Role::ventilator, "alarm.circuit_disconnected", Priority::high),
    condition(Role::ventilator, "alarm.obstruction", Priority::high),
    condition(Role::ventilator, "alarm.pressure_high", Priority::high),
    condition(Role::ventilator, "alarm.pressure_sustained", Priority::high),
    condition(Role::ventilator, "alarm.pressure_low", Priority::high),
    condition(Role::ventilator, "alarm.apnoea", Priority::high),
    condition(Role::ventilator, "alarm.minute_volume_low", Priority::high),
    condition(Role::ventilator, "alarm.minute_volume_high", Priority::medium),
    condition(Role::ventilator, "alarm.tidal_volume_low", Priority::high),
    condition(Role::ventilator, "alarm.tidal_volume_high", Priority::medium),
    condition(Role::ventilator, "alarm.rate_low", Priority::medium),
    condition(Role::ventilator, "alarm.rate_high", Priority::medium),
    condition(Role::ventilator, "alarm.peep_low", Priority::medium),
    condition(Role::ventilator, "alarm.peep_high", Priority::medium),
    condition(Role::ventilator, "alarm.leak_high", Priority::medium),
    condition(Role::ventilator, "alarm.leak_low", Priority::high),
    condition(Role::ventilator, "alarm.fio2_low", Priority::high),
    condition(Role::ventilator, "alarm.fio2_high", Priority::medium),
    condition(Role::ventilator, "alarm.o2_supply_failing", Priority::medium),
    condition(Role::ventilator, "alarm.mains_lost", Priority::low),
    condition(Role::ventilator, "alarm.low_battery", Priority::medium),
    condition(Role::ventilator, "alarm.dead_battery", Priority::high),
    condition(Role::ventilator, "alarm.battery_fault", Priority::medium),
    condition(Role::ventilator, "alarm.all_power_lost", Priority::high),
    condition(Role::ventilator, "alarm.inoperative", Priority::high),
    condition(Role::ventilator, "alarm.internal_fault", Priority::medium),
    condition(Role::ventilator, "alarm.too_hot", Priority::medium),
    condition(Role::ventilator, "alarm.check_circuit", Priority::high),
    condition(Role::ventilator, "alarm.settings_lost", Priority::high),
    condition(Role::ventilator, "alarm.remote_monitoring_lost", Priority::medium),
    condition(Role::ventilator, "alarm.oximeter_limit", Priority::high),
    condition(Role::ventilator, "alarm.other", Priority::high),
    boolean(Role::ventilator, "silenced"),
    boolean(Role::ventilator, "on_mains"),
    enumeration(Role::pump, "state", kPumpStates),
    numeric(Role::pump, "rate", "mL/h", 1),
    numeric(Role::pump, "rate_set", "mL/h", 1),
    numeric(Role::pump, "delivered", "mL", 1),
    numeric(Role::pump, "total", "mL", 1),
    numeric(Role::pump, "pressure_down", "kPa", 1),
    numeric(Role::pump, "pressure_up", "kPa", 1),
    numeric(Role::pump, "battery", "percent", 0),
    condition(Role::pump, "alarm.feed_complete", Priority::low),
    condition(Role::pump, "alarm.feed_incomplete", Priority::medium),
    condition(Role::pump, "alarm.pump_inactive", Priority::low),
    condition(Role::pump, "alarm.low_battery", Priority::medium),
    condition(Role::pump, "alarm.dead_battery", Priority::high),
    condition(Role::pump, "alarm.feed_bag_empty", Priority::high),
    condition(Role::pump, "alarm.rotor_stuck", Priority::high),
    condition(Role::pump, "alarm.patient_tube_blocked", Priority::high),
    condition(Role::pump, "alarm.supply_tube_blocked", Priority::high),
    condition(Role::pump, "alarm.cassette_dislodged", Priority::high),
    condition(Role::pump, "alarm.cassette_error", Priority::medium),
    condition(Role::pump, "alarm.system_error", Priority::high),
    condition(Role::pump, "alarm.setting_locked", Priority::info),
    condition(Role::pump, "alarm.feed_set_usage", Priority::low),
    condition(Role::pump, "alarm.flush_bag_empty", Priority::medium),
    condition(Role::pump, "alarm.mains_lost", Priority::low),
    condition(Role::pump, "alarm.free_flow_suspected", Priority::high),
    condition(Role::pump, "alarm.under_delivery", Priority::medium),
    condition(Role::pump, "alarm.over_delivery", Priority::high),
    condition(Role::pump, "alarm.air_in_line", Priority::medium),
    condition(Role::pump, "alarm.battery_fault", Priority::medium),
    condition(Role::pump, "alarm.too_hot", Priority::medium),
    condition(Role::pump, "alarm.settings_lost", Priority::high),
    condition(Role::pump, "alarm.clock_lost", Priority::info),
    condition(Role::pump, "alarm.remote_monitoring_lost", Priority::medium),
    condition(Role::pump, "alarm.hold_too_long", Priority::medium),
    condition(Role::pump, "alarm.near_complete", Priority::info),
    condition(Role::pump, "alarm.sounder_fault", Priority::high),
    condition(Role::pump, "alarm.other", Priority::high),
    boolean(Role::pump, "silenced"),
    boolean(Role::pump, "on_mains"),
    enumeration(Role::contact, "state", kContactStates),
    condition(Role::contact, "alarm.device_calling", Priority::high),
    condition(Role::contact, "alarm.cable_fault", Priority::medium),
    condition(Role::contact, "alarm.other", Priority::high),
    boolean(Role::contact, "silenced"),
    boolean(Role::contact, "on_mains"),
});

// Where each role's rows begin; the table is grouped by role, in the order of the enumeration.
constexpr std::array<size_t, kRoleCount + 1> kRoleRows = [] {
  std::array<size_t, kRoleCount + 1> begins{};
  for (const SignalInfo& row : kTable) ++begins[static_cast<size_t>(row.role) + 1];
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  return begins;
}();
static_assert([] {
  for (size_t i = 1; i < kTable.size(); ++i) {
    if (kTable[i].role < kTable[i - 1].role) return false;
  }
  return true;
}());

constexpr std::array<string_view, kRoleCount> kRoleNames = {"oximeter", "ventilator", "pump",
                                                            "contact"};

}  // namespace

std::span<const SignalInfo> catalogue() { return kTable; }

string_view name_of(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<Role> role_of(string_view word) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == word) return static_cast<Role>(i);
  }
  return std::nullopt;
}

std::optional<SignalId> find_signal(Role role, string_view name) {
  const auto of = static_cast<size_t>(role);
  for (size_t i = kRoleRows[of]; i < kRoleRows[of + 1]; ++i) {
    if (kTable[i].name == name) return static_cast<SignalId>(i);
  }
  return std::nullopt;
}

std::optional<SignalId> find_signal(string_view path) {
  const auto dot = path.find('.');
  if (dot == string_view::npos) return std::nullopt;
  const auto role = role_of(path.substr(0, dot));
  if (!role) return std::nullopt;
  return find_signal(*role, path.substr(dot + 1));
}

std::string path_of(SignalId id) {
  const SignalInfo& info = kTable[id];
  return std::string(name_of(info.role)) + "." + std::string(info.name);
}

}  // namespace lamplight
