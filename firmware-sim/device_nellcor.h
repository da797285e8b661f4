// Nellcor N-595: a printed line every two seconds and a heading every 25 lines (protocol notes
// 1.3). Conditions are two-letter codes at the end of the line, as many as there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/oximeter.h"

namespace lamplight::sim {

struct NellcorLine {
  int64_t clock = 0;            // seconds since 1970
  std::optional<int32_t> spo2;  // percent
  std::optional<int32_t> bpm;
  std::optional<int32_t> amplitude;
  bool marks_spo2 = false;  // '*': the limit is violated
  bool marks_bpm = false;
  std::vector<std::string_view> codes;
};
// The line with its CR LF.
std::string format_nellcor(const NellcorLine& line);

class Nellcor final : public Oximeter {
 public:
  Nellcor(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  void garble(Bytes& bytes, Random& random) const override;

 protected:
  void send_frame(MonoTime now) override;
  Duration frame_period() const override { return seconds(2); }

 private:
  bool says(std::string_view condition) const;

  int64_t seconds_ = 0;
  int64_t lines_ = 0;
  bool is_stopped_ = false;  // XOFF
  Frame last_line_;
};

}  // namespace lamplight::sim
