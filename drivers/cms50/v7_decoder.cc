#include "drivers/cms50/v7_decoder.h"

#include <charconv>

namespace lamplight::cms50 {
namespace {

constexpr uint8_t kNotFirst = 0x80;
constexpr uint8_t kLive = 0x01, kDisconnecting = 0x0D;

// By type; 0: no such packet.
constexpr std::array<uint8_t, 0x16> kLengths = {0, 9, 0, 0, 9, 9, 0, 8, 9, 6, 4,
                                                4, 2, 3, 3, 8, 3, 9, 8, 0, 0, 9};

size_t length_of(uint8_t type) { return type < kLengths.size() ? kLengths[type] : 0; }

}  // namespace

int V7Decoder::data(size_t k) const {
  const int high = (packet_[1] >> k & 1) << 7;
  return high | (packet_[2 + k] & 0x7F);
}

void V7Decoder::take(uint8_t byte, MonoTime at, sdk::Sink& sink) {
  const bool is_first = (byte & kNotFirst) == 0;
  if (is_first && length_ > 0) break_off(true);
  if (is_first) whole_ = length_of(byte);
  packet_[length_++] = byte;
  const bool begins_nothing = is_first ? whole_ == 0 : length_ == 1;
  if (begins_nothing) {
    break_off(false);
    return;
  }
  if (length_ != whole_) return;
  if (packet_[0] == kLive) {
    finish(live_packet(), at, sink);
  } else {
    finish_reply(at, sink);
  }
}

void V7Decoder::finish_reply(MonoTime at, sdk::Sink& sink) {
  if (!confirm(at, sink) || packet_[0] != kDisconnecting) return;
  char reason[4] = {};
  const char* const end = std::to_chars(reason, reason + sizeof reason, data(0)).ptr;
  sink.fact({.kind = sdk::FactKind::note,
             .name = "disconnecting",
             .text = std::string_view(reason, end)});
}

Packet V7Decoder::live_packet() const {
  const int flags = data(0);
  const bool has_perfusion = (data(2) & 0x10) == 0;
  return {.spo2 = data(4),
          .pulse = data(3),
          .pleth = data(1) & 0x7F,
          .perfusion = has_perfusion ? data(5) | data(6) << 8 : kPerfusionMissing,
          .has_probe_error = (flags & 0x80) != 0,
          .is_searching = (data(1) & 0x80) != 0,
          .searches_too_long = (flags & 0x10) != 0,
          .is_low = (flags & 0x20) != 0};
}

}  // namespace lamplight::cms50
