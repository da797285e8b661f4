#include "drivers/sdk/hex_text.h"

#include <cstdio>

namespace lamplight::sdk {
namespace {

std::optional<uint8_t> digit_of(uint8_t c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

Result<size_t> HexText::decode(std::span<uint8_t> piece) {
  size_t written = 0;
  for (const uint8_t c : piece) {
    if (is_space(c)) continue;
    const auto digit = digit_of(c);
    if (!digit) {
      char why[64];
      std::snprintf(why, sizeof why, "byte 0x%02X is no hexadecimal digit", c);
      return failure(std::string(why));
    }
    if (!high_) {
      high_ = digit;
      continue;
    }
    // Two digits read for one byte written: the text ahead is never overwritten.
    piece[written++] = static_cast<uint8_t>((*high_ << 4) | *digit);
    high_.reset();
  }
  return written;
}

Status HexText::end() const {
  if (high_) return failure("the last byte has only one hexadecimal digit");
  return {};
}

}  // namespace lamplight::sdk
