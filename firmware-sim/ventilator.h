// What every simulated ventilator with a serial protocol of its own shares: breaths one by one,
// what is measured of them, its own limits with their delays. It speaks only when asked; how is
// each model's own. (LVP-1 units live in Modbus registers: profile_device.h.)
#pragma once

#include <optional>
#include <string_view>

#include "firmware-sim/device.h"

namespace lamplight::sim {

class Ventilator : public Device {
 public:
  Ventilator(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);

 protected:
  MonoTime own_deadline() const override { return next_step_; }
  void own_tick(MonoTime now) override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;
  Duration frame_period() const override { return {}; }  // it speaks only when asked

  std::optional<int32_t> value(std::string_view signal, MonoTime now) const;
  bool says(std::string_view condition) const;
  // It can say this at all.
  bool has(std::string_view condition) const;

  static const std::vector<Fault>& serial_faults();

 private:
  void judge(MonoTime now);

  MonoTime next_step_;
  MonoTime next_breath_;
  Wander peak_{4};
  Wander volume_{70};
  SelfAlarm disconnected_{seconds(10)};
  SelfAlarm pressure_low_{seconds(10)};
  SelfAlarm pressure_high_{seconds(3)};
  SelfAlarm volume_low_{seconds(10)};
  SelfAlarm minute_low_{seconds(15)};
  SelfAlarm rate_high_{seconds(20)};
};

}  // namespace lamplight::sim
