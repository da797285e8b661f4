#include "firmware-sim/syringe_pump.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

constexpr Duration kStep = milliseconds(500);
constexpr int32_t kRate = 100;                                 // 10.0 mL/h
constexpr int64_t kUnitOfVolume = int64_t{3'600'000'000'000};  // 0.1 mL/h x ns per 0.1 mL

}  // namespace

SyringePump::SyringePump(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Device(std::move(setup), patient, truth, outlet),
      next_step_(setup_.started),
      lived_(setup_.started) {}

const std::vector<Fault>& SyringePump::serial_faults() {
  static const std::vector<Fault> kFaults = {
      Fault::silence,   Fault::truncate,    Fault::garble,    Fault::frozen,  Fault::late,
      Fault::babble,    Fault::stale_reply, Fault::slow,      Fault::restart, Fault::drop,
      Fault::duplicate, Fault::stuck,       Fault::wrong_baud};
  return kFaults;
}

bool SyringePump::says(std::string_view condition) const {
  return is_present(id_of(Role::pump, "alarm." + std::string(condition)));
}

int32_t SyringePump::value(std::string_view signal, MonoTime now) const {
  return reading(id_of(Role::pump, signal), now).value_or(0);
}

void SyringePump::own_tick(MonoTime now) {
  next_step_ = now + kStep;
  const int64_t passed = (now - lived_).ns;
  lived_ = now;
  if (is_frozen() || is_off()) return;
  const SignalId mains = id_of(Role::pump, "alarm.mains_lost");
  const auto& known = abilities().conditions;
  if (std::find(known.begin(), known.end(), "mains_lost") != known.end()) {
    decide(mains, patient_.has(PatientEvent::power_cut), now);
  }
  pressure_.step(random_);
  if (value("state", now) != kFeeding) return;
  delivered_part_ += value("rate_set", now) * passed;
  delivered_ += static_cast<int32_t>(delivered_part_ / kUnitOfVolume);
  delivered_part_ %= kUnitOfVolume;
}

std::optional<int32_t> SyringePump::measured(SignalId signal, MonoTime) const {
  const std::string_view n = signal_info(signal).name;
  const bool is_blocked = says("patient_tube_blocked");
  if (n == "state") return is_blocked ? kHold : kFeeding;
  if (n == "rate_set") return kRate;
  if (n == "delivered") return delivered_;
  if (n == "pressure_down") return (is_blocked ? 950 : 120) + pressure_.value();
  return std::nullopt;
}

}  // namespace lamplight::sim
