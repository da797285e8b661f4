// What the simulated infusion pumps with a serial protocol of their own share: what they are set
// to, what has flowed, the pressure in the line. They answer when asked; how is each model's own.
#pragma once

#include <string_view>

#include "firmware-sim/device.h"

namespace lamplight::sim {

class SyringePump : public Device {
 public:
  SyringePump(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);

 protected:
  enum State : int32_t { kFeeding = 2, kHold = 3, kPriming = 5, kComplete = 7, kKeepOpen = 10 };

  MonoTime own_deadline() const override { return next_step_; }
  void own_tick(MonoTime now) override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;
  Duration frame_period() const override { return {}; }  // it speaks only when asked

  int32_t value(std::string_view signal, MonoTime now) const;
  bool says(std::string_view condition) const;
  static const std::vector<Fault>& serial_faults();

 private:
  MonoTime next_step_;
  MonoTime lived_;
  int64_t delivered_part_ = 0;
  int32_t delivered_ = 0;  // 0.1 mL
  Wander pressure_{8};
};

}  // namespace lamplight::sim
