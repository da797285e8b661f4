#include "drivers/medibus/framer.h"

#include <utility>

namespace lamplight::medibus {
namespace {

constexpr char kEnd = '\r';
// Start, code, two digits of the sum; the end is not kept.
constexpr size_t kLengthMin = 4;

}  // namespace

std::array<char, 2> sum_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  uint8_t sum = 0;
  for (const char c : bytes) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
  return {kDigits[sum >> 4], kDigits[sum & 15]};
}

void Framer::take(uint8_t byte, const Events& events) {
  if (byte == kCommand || byte == kResponse) {
    begin(byte, events);
    return;
  }
  if (depth_ == 0) {
    if (byte == kNak) {
      events.on_nak();
    } else {
      events.on_skipped(1, false);
    }
    return;
  }
  if (byte == kEnd) {
    finish(events);
    return;
  }
  Open& top = open_[depth_ - 1];
  if (top.length == kLengthMax) {
    drop_top(events);
    events.on_skipped(1, false);
    return;
  }
  top.text[top.length++] = static_cast<char>(byte);
}

void Framer::begin(uint8_t byte, const Events& events) {
  if (depth_ == kDepthMax) {
    while (depth_ > 0) drop_top(events);
  }
  Open& top = open_[depth_++];
  top.text[0] = static_cast<char>(byte);
  top.length = 1;
}

void Framer::drop_top(const Events& events) {
  --depth_;
  events.on_skipped(open_[depth_].length, true);
}

void Framer::finish(const Events& events) {
  const Open& top = open_[depth_ - 1];
  const std::string_view text(top.text.data(), top.length);
  const bool is_long_enough = text.size() >= kLengthMin;
  const std::string_view summed = text.substr(0, is_long_enough ? text.size() - 2 : 0);
  const std::array<char, 2> sum = sum_of(summed);
  if (!is_long_enough || text.substr(summed.size()) != std::string_view(sum.data(), sum.size())) {
    drop_top(events);
    events.on_skipped(1, false);  // its end
    return;
  }
  --depth_;
  events.on_message({.is_command = static_cast<uint8_t>(text[0]) == kCommand,
                     .code = static_cast<uint8_t>(text[1]),
                     .data = summed.substr(2)});
}

size_t Framer::drop() {
  size_t length = 0;
  while (depth_ > 0) length += open_[--depth_].length;
  return length;
}

}  // namespace lamplight::medibus
