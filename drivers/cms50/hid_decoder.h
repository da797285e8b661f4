// The CMS50E and F on USB (hardware 2.x): 64-byte reports of several short commands, each closed
// by a sum of seven bits. Only the live commands EB are readings; answers and stored records are
// good frames that say nothing of the child now (protocols reference 1.4 c).
#pragma once

#include <array>
#include <optional>

#include "drivers/cms50/oximeter.h"

namespace lamplight::cms50 {

class HidDecoder : public sdk::Decoder {
 public:
  static constexpr size_t kLengthMax = 30;
  HidDecoder() : signals_("spo2_low") {}
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  void take(uint8_t byte, MonoTime at, sdk::Sink& sink);
  void drop(bool is_bad);
  void finish(MonoTime at, sdk::Sink& sink);
  void publish_pleth(sdk::Sink& sink);
  void publish_measurement(sdk::Sink& sink);
  void publish_switches(sdk::Sink& sink);

  const Signals signals_;
  std::array<uint8_t, kLengthMax> command_{};
  size_t length_ = 0;
  size_t whole_ = 0;  // 0: the second byte will tell
  bool is_finger_out_ = false;
  bool has_reading_ = true;  // as the last measurement said
};

}  // namespace lamplight::cms50
