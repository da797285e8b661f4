// Masimo Rad-8 in ASCII-1: one line a second, unsolicited, in the form of the Rad-8 operator's
// manual (protocol notes 1.1). Sensor off: the last digits stay for ten seconds beside the
// status that disowns them, then dashes.
#pragma once

#include "firmware-sim/oximeter.h"

namespace lamplight::sim {

struct Rad8Line {
  int64_t clock = 0;            // seconds since 1970
  std::string_view serial;      // ten characters; empty: ten dashes
  std::optional<int32_t> spo2;  // percent
  std::optional<int32_t> bpm;
  std::optional<int32_t> perfusion;  // 0.01 percent
  uint16_t alarm = 0;
  uint32_t exc = 0;
};
// The line with its CR LF.
std::string format_rad8(const Rad8Line& line);

class Rad8 final : public Oximeter {
 public:
  Rad8(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void garble(Bytes& bytes, Random& random) const override;

 protected:
  void send_frame(MonoTime now) override;

 private:
  uint16_t alarm_word() const;
  uint32_t exc_word() const;

  std::string serial_;
  std::optional<MonoTime> missing_since_;
  OximeterReading held_;
  Frame last_line_;
};

}  // namespace lamplight::sim
