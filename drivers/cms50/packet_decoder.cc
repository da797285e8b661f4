#include "drivers/cms50/packet_decoder.h"

#include <utility>

namespace lamplight::cms50 {

void PacketDecoder::break_off(bool is_bad) {
  counters_.bytes_skipped += std::exchange(length_, 0);
  if (is_bad) ++counters_.frames_bad;
  is_confirmed_ = false;
}

bool PacketDecoder::confirm(MonoTime at, sdk::Sink& sink) {
  const size_t length = std::exchange(length_, 0);
  if (!std::exchange(is_confirmed_, true)) {
    counters_.bytes_skipped += length;
    return false;
  }
  ++counters_.frames_good;
  sink.frame(at);
  return true;
}

void PacketDecoder::finish(const Packet& packet, MonoTime at, sdk::Sink& sink) {
  if (!is_possible(packet)) {
    break_off(true);
  } else if (confirm(at, sink)) {
    publish(packet, signals_, sink);
  }
}

}  // namespace lamplight::cms50
