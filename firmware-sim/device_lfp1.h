// A feeding pump that offers the Lamplight profile LFP-1 (profile specification, section 5).
// Volumes are counted exactly, from the rate and the time that passed.
#pragma once

#include "firmware-sim/profile_device.h"

namespace lamplight::sim {

class Lfp1 final : public ProfileDevice {
 public:
  Lfp1(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);

 protected:
  void live(MonoTime now) override;
  void fill(MonoTime now, RegisterBlock& block) override;
  int32_t state_when_running(MonoTime now) const override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;

 private:
  int32_t rate_now(MonoTime now) const;  // 0.1 mL/h, as the rotor turns
  int32_t battery() const;
  void judge_own(MonoTime now);

  MonoTime lived_;
  int64_t delivered_part_ = 0;  // of 0.1 mL, in 0.1 mL/h x ns
  int64_t flushed_part_ = 0;
  int32_t delivered_ = 1250;  // 0.1 mL
  int32_t total_ = 123'456;
  int32_t flushed_ = 0;
  int32_t to_deliver_ = 2000;
  int64_t on_battery_ns_ = 0;
  int32_t last_state_ = 2;
  MonoTime state_since_;
  Wander rotor_{4};
  Wander pressure_{12};
  int64_t lives_ = 0;
};

}  // namespace lamplight::sim
