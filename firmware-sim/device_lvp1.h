// A ventilator that offers the Lamplight profile LVP-1 (profile specification, section 6), in
// pressure A/C on a leak circuit. Breaths happen one by one; taking the circuit off drops pressure
// and exhaled volume with the next breath, and the device calls it after its own delay.
#pragma once

#include "firmware-sim/profile_device.h"

namespace lamplight::sim {

class Lvp1 final : public ProfileDevice {
 public:
  Lvp1(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);

 protected:
  MonoTime own_deadline() const override;
  void own_tick(MonoTime now) override;
  void live(MonoTime now) override;
  void fill(MonoTime now, RegisterBlock& block) override;
  int32_t state_when_running(MonoTime now) const override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;

 private:
  int32_t value(std::string_view signal, MonoTime now) const;  // 0 if there is no reading
  std::optional<int32_t> breath_value(std::string_view signal, MonoTime now) const;
  bool is_breathing(MonoTime now) const;
  bool has_breath_values(MonoTime now) const;
  int32_t since_breath(MonoTime now) const;
  int32_t pressure_now(MonoTime now) const;
  bool is_on_mains() const override;
  uint16_t power_bits(MonoTime now) const;
  void judge_own(MonoTime now);

  MonoTime breath_began_;
  MonoTime next_breath_;
  MonoTime lived_;
  uint32_t breaths_ = 4'812'345;
  uint16_t spontaneous_ = 2210;
  int64_t on_battery_ns_ = 0;
  Wander peak_{4};
  Wander volume_{70};
  SelfAlarm disconnected_{seconds(10)};
  SelfAlarm pressure_low_{seconds(10)};
  SelfAlarm volume_low_{seconds(10)};
  SelfAlarm minute_low_{seconds(15)};
  SelfAlarm pressure_high_{seconds(3)};
  SelfAlarm rate_high_{seconds(20)};
  SelfAlarm leak_high_{seconds(15)};
  SelfAlarm oximeter_{seconds(10)};
};

}  // namespace lamplight::sim
