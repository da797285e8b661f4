#include "drivers/alaris/frame.h"

namespace lamplight::alaris {
namespace {

constexpr char kBegin = '!', kEnd = '\r', kAbort = 0x1B, kBeforeCrc = '|';

}  // namespace

uint16_t crc_of(std::string_view text) {
  uint16_t crc = 0xFFFF;
  for (const char c : text) {
    crc = static_cast<uint16_t>(crc ^ static_cast<uint8_t>(c) << 8);
    for (int bit = 0; bit < 8; ++bit) {
      const bool is_high = (crc & 0x8000) != 0;
      crc = static_cast<uint16_t>(crc << 1 ^ (is_high ? 0x1021 : 0));
    }
  }
  return crc;
}

std::array<char, 4> digits_of(uint16_t crc) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::array<char, 4> out{};
  for (size_t i = 0; i < out.size(); ++i) out[i] = kDigits[crc >> (12 - 4 * i) & 0xF];
  return out;
}

size_t Framer::drop() {
  const size_t length = length_;
  length_ = 0;
  return length;
}

void Framer::take(char c, const Events& events) {
  if (c == kAbort) {
    events.on_skipped(drop() + 1, false);
    return;
  }
  if (c == kBegin) {
    if (length_ > 0) events.on_skipped(drop(), true);
    text_[length_++] = c;
    return;
  }
  if (length_ == 0) {
    events.on_skipped(1, false);
    return;
  }
  if (c == kEnd) {
    finish(events);
  } else if (length_ == text_.size()) {
    events.on_skipped(drop() + 1, true);
  } else {
    text_[length_++] = c;
  }
}

void Framer::finish(const Events& events) {
  constexpr size_t kTail = 5;  // "|CCCC"
  const std::string_view all(text_.data() + 1, length_ - 1);
  const size_t length = drop();
  if (all.size() >= kTail && all[all.size() - kTail] == kBeforeCrc) {
    const std::string_view text = all.substr(0, all.size() - kTail);
    const auto digits = digits_of(crc_of(text));
    if (all.substr(all.size() - 4) == std::string_view(digits.data(), digits.size())) {
      events.on_frame(text);
      return;
    }
  }
  events.on_skipped(length + 1, true);
}

Fields split(std::string_view text) {
  Fields fields;
  while (fields.count < kFieldsMax) {
    const size_t mark = text.find('^');
    fields.each[fields.count++] = text.substr(0, mark);
    if (mark == std::string_view::npos) break;
    text.remove_prefix(mark + 1);
  }
  return fields;
}

}  // namespace lamplight::alaris
