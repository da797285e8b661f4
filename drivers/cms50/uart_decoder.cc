#include "drivers/cms50/uart_decoder.h"

namespace lamplight::cms50 {
namespace {

constexpr uint8_t kFirst = 0x80;

Packet packet_of(const std::array<uint8_t, 5>& b) {
  return {.spo2 = b[4],
          .pulse = b[3] | (b[2] & 0x40) << 1,
          .pleth = b[1],
          .perfusion = {},
          .has_probe_error = (b[2] & 0x10) != 0,
          .is_searching = (b[2] & 0x20) != 0,
          .searches_too_long = (b[0] & 0x10) != 0,
          .is_low = (b[0] & 0x20) != 0};
}

}  // namespace

void UartDecoder::take(uint8_t byte, MonoTime at, sdk::Sink& sink) {
  const bool is_first = (byte & kFirst) != 0;
  if (is_first && length_ > 0) break_off(true);
  packet_[length_++] = byte;
  if (!is_first && length_ == 1) break_off(false);  // the rest of a packet we did not see begin
  if (length_ == kLength) finish(packet_of(packet_), at, sink);
}

}  // namespace lamplight::cms50
