// Contec CMS50: the old five-byte stream, and protocol V7.0, which sends only after the start
// command and stops when nobody keeps it alive (protocol notes 1.4 a and b).
#pragma once

#include <array>

#include "firmware-sim/oximeter.h"

namespace lamplight::sim {

struct Cms50State {
  int spo2 = 0x7F;
  int pulse = 0xFF;
  int pleth = 0;
  int perfusion = 0xFFFF;  // 0.01 percent
  bool probe_error = false;
  bool searching = false;
  bool low = false;
};
std::array<uint8_t, 5> cms50_uart(const Cms50State& state);
std::array<uint8_t, 9> cms50_live(const Cms50State& state);

class Cms50 final : public Oximeter {
 public:
  Cms50(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  void garble(Bytes& bytes, Random& random) const override;

 protected:
  void send_frame(MonoTime now) override;
  void power_up(MonoTime now) override;

 private:
  void obey(MonoTime now, Peer peer);

  bool is_v7_;
  bool is_live_ = false;
  MonoTime kept_alive_;
  Bytes command_;
  int64_t frames_ = 0;
  Frame last_;
};

}  // namespace lamplight::sim
