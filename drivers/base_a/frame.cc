#include "drivers/base_a/frame.h"

namespace lamplight::base_a {

std::array<char, 2> checksum_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  unsigned sum = 0;
  for (const char c : text) sum += static_cast<uint8_t>(c);
  const unsigned rest = 0xFF - (sum & 0xFF);
  return {kDigits[rest >> 4], kDigits[rest & 0xF]};
}

std::string frame_of(std::string_view text) {
  const auto sum = checksum_of(text);
  std::string frame{kStx};
  frame += text;
  frame.append(sum.data(), sum.size());
  return frame + kEtx;
}

size_t Framer::drop() {
  const size_t length = length_;
  length_ = 0;
  is_refusal_ = false;
  return length;
}

void Framer::take(char c, const Events& events) {
  if (c == kEnq) {
    events.on_enquiry();
    return;
  }
  if (is_refusal_) {
    is_refusal_ = false;
    events.on_refusal(c);
    return;
  }
  if (c == kStx) {
    if (length_ > 0) events.on_skipped(drop(), true);
    text_[length_++] = c;
    return;
  }
  if (length_ == 0) {
    is_refusal_ = c == kNak;
    if (c != kNak && c != kAck && c != kDc4) events.on_skipped(1, false);
    return;
  }
  if (c == kEtx) {
    finish(events);
  } else if (c < ' ' || length_ == text_.size()) {
    events.on_skipped(drop() + 1, true);
  } else {
    text_[length_++] = c;
  }
}

void Framer::finish(const Events& events) {
  const std::string_view all(text_.data() + 1, length_ - 1);
  const size_t length = drop();
  if (all.size() > 2) {
    const std::string_view text = all.substr(0, all.size() - 2);
    const auto sum = checksum_of(text);
    if (all.substr(all.size() - 2) == std::string_view(sum.data(), sum.size())) {
      events.on_frame(text);
      return;
    }
  }
  events.on_skipped(length + 1, true);
}

}  // namespace lamplight::base_a
