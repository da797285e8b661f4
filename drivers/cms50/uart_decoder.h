// The old CMS50D, D+ and E: five bytes sixty times a second, 19200 8O1, unasked. Only the first
// byte of a packet has bit 7; bit 7 of the pulse rate lives in byte 3 (protocols reference 1.4 a).
#pragma once

#include <array>

#include "drivers/cms50/packet_decoder.h"

namespace lamplight::cms50 {

class UartDecoder : public PacketDecoder {
 public:
  UartDecoder() : PacketDecoder("desaturation") {}

 private:
  static constexpr size_t kLength = 5;
  void take(uint8_t byte, MonoTime at, sdk::Sink& sink) override;

  std::array<uint8_t, kLength> packet_{};
};

}  // namespace lamplight::cms50
