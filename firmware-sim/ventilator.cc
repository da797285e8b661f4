#include "firmware-sim/ventilator.h"

#include <algorithm>

#include "firmware-sim/ventilator_signs.h"

namespace lamplight::sim {
namespace {

constexpr Duration kStep = milliseconds(500);

// A child of 20 kg in a volume mode: 0.1 cmH2O, 0.1 mL, 0.1 /min, 0.1 %.
constexpr int32_t kPip = 200, kPeep = 50, kVolume = 1600, kExhaled = 1560, kRate = 180;
constexpr int32_t kOxygen = 300, kLeak = 15;
constexpr int32_t kPipLow = 100, kPipHigh = 400, kExhaledLow = 900, kMinuteLow = 180;
constexpr int32_t kRateHigh = 400;

}  // namespace

Ventilator::Ventilator(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Device(std::move(setup), patient, truth, outlet),
      next_step_(setup_.started),
      next_breath_(setup_.started) {}

const std::vector<Fault>& Ventilator::serial_faults() {
  static const std::vector<Fault> kFaults = {
      Fault::silence, Fault::truncate,    Fault::garble, Fault::frozen,    Fault::late,
      Fault::babble,  Fault::stale_reply, Fault::slow,   Fault::restart,   Fault::clock_jump,
      Fault::drop,    Fault::duplicate,   Fault::stuck,  Fault::wrong_baud};
  return kFaults;
}

bool Ventilator::says(std::string_view condition) const {
  return is_present(id_of(Role::ventilator, "alarm." + std::string(condition)));
}

bool Ventilator::has(std::string_view condition) const {
  const auto& known = abilities().conditions;
  return std::find(known.begin(), known.end(), condition) != known.end();
}

std::optional<int32_t> Ventilator::value(std::string_view signal, MonoTime now) const {
  return reading(id_of(Role::ventilator, signal), now);
}

void Ventilator::own_tick(MonoTime now) {
  next_step_ = now + kStep;
  if (is_frozen() || is_off()) return;
  if (now >= next_breath_) {
    peak_.step(random_);
    volume_.step(random_);
    const int32_t rate = std::max(value("rate", now).value_or(0), 10);
    next_breath_ = now + Duration{600'000'000'000 / rate};
  }
  judge(now);
}

std::optional<int32_t> Ventilator::measured(SignalId signal, MonoTime now) const {
  const std::string_view n = signal_info(signal).name;
  const bool connected = patient_.is_connected();
  for (const Sign& sign : kVentilatorSigns) {
    const auto id = id_of(Role::ventilator, "alarm." + std::string(sign.condition));
    if (sign.signal == n && connected && is_said(id)) return sign.value;
  }
  const Airway airway = patient_.airway();
  if (n == "pip") return connected ? kPip + peak_.value() + airway.pressure_more : 12;
  if (n == "peep") return connected ? kPeep + peak_.value() / 2 : 3;
  if (n == "vti") {
    return connected ? (kVolume + volume_.value()) * airway.volume_percent / 100 : kVolume;
  }
  if (n == "vte") {
    return connected ? (kExhaled + volume_.value()) * airway.volume_percent / 100 : 0;
  }
  if (n == "rate") return connected ? std::max(patient_.breath_rate(), kRate) : kRate;
  if (n == "leak") return connected ? kLeak : 400;
  if (n == "fio2") return kOxygen;
  // Of exhaled volume (0.1 mL) and rate (0.1 /min) to 0.01 L/min.
  if (n == "minute_volume")
    return value("vte", now).value_or(0) * value("rate", now).value_or(0) / 1000;
  if (n == "p_mean") {
    const int32_t peep = value("peep", now).value_or(0);
    return peep + (value("pip", now).value_or(0) - peep) / 4;
  }
  return std::nullopt;
}

void Ventilator::judge(MonoTime now) {
  const auto call = [&](std::string_view condition, SelfAlarm& alarm, bool is_crossed) {
    const bool is_due = alarm.judge(now, is_crossed);
    if (!has(condition)) return;
    decide(id_of(Role::ventilator, "alarm." + std::string(condition)), is_due, now);
  };
  const auto of = [&](std::string_view signal) { return value(signal, now).value_or(0); };
  const bool is_off_patient = !patient_.is_connected();
  // A model without a word for a broken circuit says what it has.
  call(has("circuit_disconnected") ? "circuit_disconnected" : "check_circuit", disconnected_,
       is_off_patient);
  call("pressure_low", pressure_low_, of("pip") < kPipLow);
  call("pressure_high", pressure_high_, of("pip") > kPipHigh);
  call("tidal_volume_low", volume_low_, of("vte") < kExhaledLow);
  call("minute_volume_low", minute_low_, of("minute_volume") < kMinuteLow);
  call("rate_high", rate_high_, of("rate") > kRateHigh);
  const auto say = [&](std::string_view condition, PatientEvent event) {
    if (!has(condition)) return;
    decide(id_of(Role::ventilator, "alarm." + std::string(condition)), patient_.has(event), now);
  };
  say("mains_lost", PatientEvent::power_cut);
  say("apnoea", PatientEvent::apnoea);
}

}  // namespace lamplight::sim
