#include "drivers/cms50/packet_decoder.h"

#include <utility>

namespace lamplight::cms50 {

void PacketDecoder::break_off(bool is_bad) {
  counters_.bytes_skipped += std::exchange(length_, 0);
  if (is_bad) ++counters_.frames_bad;
  is_confirmed_ = false;
}

void PacketDecoder::finish(const Packet& packet, MonoTime at, sdk::Sink& sink) {
  if (!is_possible(packet)) {
    break_off(true);
    return;
  }
  length_ = 0;
  ++counters_.frames_good;
  sink.frame(at);
  if (std::exchange(is_confirmed_, true)) publish(packet, signals_, sink);
}

}  // namespace lamplight::cms50
