// A Fresenius pump on Base A (protocol notes 3.2): STX message checksum ETX, a session that DC
// opens, and ENQ from time to time, which must be answered with DC4 or the session is over.
// Commands that would change something are recorded and refused.
#pragma once

#include <string>

#include "firmware-sim/syringe_pump.h"

namespace lamplight::sim {

// STX, text, two digits, ETX.
std::string base_a_frame(std::string_view text);

class BaseA final : public SyringePump {
 public:
  BaseA(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;

 protected:
  MonoTime own_deadline() const override;
  void own_tick(MonoTime now) override;
  void power_up(MonoTime now) override;

 private:
  void obey(MonoTime now, Peer peer, std::string_view text);
  void answer(MonoTime now, Peer peer, const std::string& text, std::string facts);
  std::string variables(std::string_view letters, std::string& facts, MonoTime now) const;

  std::string received_;
  bool is_receiving_ = false;
  bool is_open_ = false;
  Peer peer_ = 0;
  MonoTime asks_at_ = kNever;                       // the next ENQ
  MonoTime closes_at_ = kNever;                     // unless DC4 comes
  std::map<std::string, Frame, std::less<>> last_;  // by question: what a frozen one repeats
};

}  // namespace lamplight::sim
