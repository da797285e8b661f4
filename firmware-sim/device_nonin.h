// A Nonin oximeter in one of its serial formats. It takes the documented commands: the format can
// be changed within five seconds of connecting. Formats 2 and 7 carry a pleth at 75 a second;
// their display values outlive the finger by ten seconds, as the manual says.
#pragma once

#include "firmware-sim/nonin_format.h"
#include "firmware-sim/oximeter.h"

namespace lamplight::sim {

class Nonin final : public Oximeter {
 public:
  // The kind names the format: nonin-df2, -df7, -df8, -df13, -ascii.
  Nonin(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  void connected(MonoTime now) override { connected_at_ = now; }
  void garble(Bytes& bytes, Random& random) const override;

 protected:
  void send_frame(MonoTime now) override;
  void power_up(MonoTime now) override;
  void wrap_counters(MonoTime now) override;

 private:
  void begin_packet(MonoTime now);
  void send_packet_frame(MonoTime now);
  void send_df8(MonoTime now);
  void send_df13(MonoTime now);
  void send_ascii(MonoTime now);
  NoninStatus status() const;
  bool says(std::string_view condition) const;
  int32_t next_pleth();  // 0 to 255
  void hold_display(const OximeterReading& r, MonoTime now);
  void obey(MonoTime now, Peer peer, std::span<const uint8_t> command);
  void reply(MonoTime now, Peer peer, Bytes bytes, std::string_view what);
  void use_format(NoninFormat format, MonoTime now);

  NoninFormat format_;
  NoninPacket packet_;
  OximeterReading packet_reading_;
  int frame_ = 0;       // 1 to 25 within the packet
  uint32_t phase_ = 0;  // of the pulse, 2^16 a beat
  int beat_age_ = 100;  // frames since the beat
  std::optional<MonoTime> missing_since_;
  OximeterReading displayed_;
  MonoTime display_renewed_;
  int64_t seconds_ = 0;
  std::optional<MonoTime> connected_at_;
  Bytes command_;
};

}  // namespace lamplight::sim
