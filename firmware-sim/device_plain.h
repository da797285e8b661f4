// A benchmark's Modbus server: the first ten numbers of its role in input or holding registers
// 0 to 9, a pad at 10, and the constant 0x1234 at 20 as a canary. No profile, no patient: each
// number stays where it is put.
#pragma once

#include "firmware-sim/modbus_device.h"

namespace lamplight::sim {

class PlainDevice final : public ModbusDevice {
 public:
  PlainDevice(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override { return abilities_; }

 protected:
  MonoTime own_deadline() const override { return renews_at_; }
  void own_tick(MonoTime now) override;
  void steered(MonoTime now) override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;
  RegisterBlock* find_block(uint16_t first, uint16_t count) override;
  void being_read(MonoTime, RegisterBlock&) override {}
  void append_facts(const RegisterBlock& block, std::string& facts) override;

 private:
  void renew(MonoTime now);

  Abilities abilities_;
  std::vector<SignalId> signals_;
  RegisterBlock values_{"values", 0, std::vector<uint16_t>(11)};
  RegisterBlock canary_{"canary", 20, {0x1234}};
  std::vector<uint16_t> told_;
  MonoTime renews_at_;
};

}  // namespace lamplight::sim
