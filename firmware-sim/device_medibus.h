// A Draeger ventilator on its MEDIBUS port (protocol notes 2.3): answers measured values, alarms,
// settings, texts and its name, and asks for a sign of life of its own, at times in the middle of
// an answer, as the protocol allows.
#pragma once

#include <map>
#include <string>

#include "firmware-sim/ventilator.h"

namespace lamplight::sim {

// "<start><code><data><sum>\r"; start is 0x1B or 0x01.
std::string medibus_message(char start, char code, std::string_view data);

class Medibus final : public Ventilator {
 public:
  Medibus(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;

 private:
  void obey(MonoTime now, Peer peer, std::string_view message);
  void answer(MonoTime now, Peer peer, char code);
  std::string data_of(char code, std::string& facts, MonoTime now);
  std::string measured_cp1(std::string& facts, MonoTime now) const;
  std::string alarms() const;
  std::string texts() const;
  std::string clock(MonoTime now) const;

  std::string received_;
  bool is_receiving_ = false;
  int64_t answers_ = 0;
  std::map<char, Frame> last_;
};

}  // namespace lamplight::sim
