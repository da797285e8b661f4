// A Contec CMS50E on USB (protocol notes 1.4 c): 64-byte reports, answers to the opening, then the
// pulse wave three points a report, twenty reports a second, and a measurement a second, as long as
// somebody pings.
#pragma once

#include <initializer_list>

#include "firmware-sim/oximeter.h"

namespace lamplight::sim {

// The bytes of one command with the sum that closes it.
Bytes cms50_hid_command(std::initializer_list<int> bytes);

class Cms50Hid final : public Oximeter {
 public:
  Cms50Hid(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  void garble(Bytes& bytes, Random& random) const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  const Abilities& abilities() const override;

 protected:
  void power_up(MonoTime now) override;
  void send_frame(MonoTime now) override;

 private:
  void answer(MonoTime now, Peer peer, const Bytes& command);

  bool sends_wave_ = false;
  bool sends_values_ = false;
  MonoTime pinged_;
  int64_t reports_ = 0;
  Frame last_;
};

}  // namespace lamplight::sim
