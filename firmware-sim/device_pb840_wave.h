// The waveform port of a Puritan Bennett 840 (protocol notes 2.2): nothing while the child
// breathes, then the whole breath at once, a line for every 20 ms of it; of a long one the first 8
// s.
#pragma once

#include "firmware-sim/ventilator.h"

namespace lamplight::sim {

// Steps of the catalogue; volumes go in and out exactly.
struct WaveBreath {
  int32_t pip = 0;
  int32_t peep = 0;
  int32_t vti = 0;
  int32_t vte = 0;
  int samples = 0;  // in the whole breath
};
// All lines of breath `number`. Public, because a test reads it against the notes.
std::string wave_text(const WaveBreath& breath, int64_t number);

class Pb840Wave final : public Ventilator {
 public:
  Pb840Wave(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void garble(Bytes& bytes, Random& random) const override;

 protected:
  MonoTime own_deadline() const override;
  void own_tick(MonoTime now) override;
  void power_up(MonoTime now) override;

 private:
  void begin_breath(MonoTime now);
  void send_breath(MonoTime now);

  WaveBreath breath_;
  int64_t number_ = 0;
  MonoTime ends_;
  Frame last_;  // what a frozen one repeats
};

}  // namespace lamplight::sim
