// Contec's protocol V7.0 (CMS50D+ 4.6, F, FW, EW): typed packets, bit 7 of all data bytes collected
// in byte 1 (protocols reference 1.4 b). Only the live packet 01 is a reading; stored data never
// is. Replies are good frames that say nothing of the child.
#pragma once

#include <array>

#include "drivers/cms50/packet_decoder.h"

namespace lamplight::cms50 {

class V7Decoder : public PacketDecoder {
 public:
  static constexpr size_t kLengthMax = 9;
  V7Decoder() : PacketDecoder("spo2_low") {}

 private:
  void take(uint8_t byte, MonoTime at, sdk::Sink& sink) override;
  Packet live_packet() const;
  void finish_reply(MonoTime at, sdk::Sink& sink);
  // Data byte k with its real bit 7.
  int data(size_t k) const;

  std::array<uint8_t, kLengthMax> packet_{};
  size_t whole_ = 0;  // the length that the type promises
};

}  // namespace lamplight::cms50
