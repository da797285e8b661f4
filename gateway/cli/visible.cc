#include "gateway/cli/visible.h"

#include <cstdint>

#include "rules/model/text.h"

namespace lamplight::cli {
namespace {

bool is_hidden(uint32_t code) {
  const auto within = [&](uint32_t first, uint32_t last) { return first <= code && code <= last; };
  const bool is_control = code < 0x20 || within(0x7f, 0x9f);
  const bool is_direction =
      code == 0x61c || within(0x200e, 0x200f) || within(0x202a, 0x202e) || within(0x2066, 0x2069);
  const bool is_no_ink = code == 0xad || code == 0x200b || within(0x2028, 0x2029) ||
                         within(0x2060, 0x2064) || code == 0xfeff || within(0xe0000, 0xe007f);
  return is_control || is_direction || is_no_ink;
}

std::string escape_of(uint32_t code) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out = "\\u";
  for (int shift = code > 0xffff ? 20 : 12; shift >= 0; shift -= 4) {
    out += kDigits[code >> shift & 0xfU];
  }
  return out;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (c.bytes == 0) {  // a byte that begins no character is told as itself
      out += escape_of(static_cast<uint8_t>(text[at++]));
      continue;
    }
    out += is_hidden(c.code) ? escape_of(c.code) : std::string(text.substr(at, c.bytes));
    at += c.bytes;
  }
  return out;
}

}  // namespace lamplight::cli
