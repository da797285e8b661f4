// A remote-alarm contact in the loop of a serial adapter (protocol notes 2.7): RTS or DTR feeds it,
// all four inputs read it. Normally closed unless the kind says open; silencing the sound releases
// it, as on real devices; a cable fault is a foreign voltage that stays when the feed drops.
#pragma once

#include "firmware-sim/device.h"

namespace lamplight::sim {

class Contact final : public Device {
 public:
  Contact(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  void connected(MonoTime now) override { tell(now); }

 protected:
  MonoTime own_deadline() const override { return kNever; }
  void own_tick(MonoTime) override {}
  void power_up(MonoTime now) override { tell(now); }
  void steered(MonoTime now) override { tell(now); }
  std::optional<int32_t> measured(SignalId, MonoTime) const override { return std::nullopt; }
  Duration frame_period() const override { return {}; }

 private:
  bool is_closed() const;
  void tell(MonoTime now);

  bool is_normally_closed_;
  bool is_fed_ = false;
};

}  // namespace lamplight::sim
