// An Alaris/Asena syringe pump (protocol notes 3.2): answers "!WORD|CRC\r" with fields between '^'.
// It knows commands too, and keeps quiet about what a monitor must not ask: whoever sends it one
// is recorded.
#pragma once

#include <string>

#include "firmware-sim/syringe_pump.h"

namespace lamplight::sim {

// "!TEXT|CCCC\r"
std::string asena_message(std::string_view text);

class Asena final : public SyringePump {
 public:
  Asena(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;

 private:
  void obey(MonoTime now, Peer peer, std::string_view word);
  void answer_status(MonoTime now, Peer peer);
  void record_command(MonoTime now, std::string_view text);

  std::string serial_;
  std::string received_;
  Frame last_;
};

}  // namespace lamplight::sim
