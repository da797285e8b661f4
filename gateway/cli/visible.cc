#include "gateway/cli/visible.h"

#include <cstdint>

namespace lamplight::cli {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
};

// The character that begins at `at`; a byte that begins none is taken for itself.
Character character_at(std::string_view text, size_t at) {
  const auto first = static_cast<uint8_t>(text[at]);
  const size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  if (more == 0 || at + more >= text.size()) return {first, 1};
  uint32_t code = first & (0x3fU >> more);
  for (size_t i = 1; i <= more; ++i) {
    const auto next = static_cast<uint8_t>(text[at + i]);
    if ((next & 0xc0U) != 0x80) return {first, 1};
    code = code << 6 | (next & 0x3fU);
  }
  return {code, more + 1};
}

bool is_hidden(Character c) {
  const auto within = [&](uint32_t first, uint32_t last) {
    return first <= c.code && c.code <= last;
  };
  const bool is_control = c.code < 0x20 || within(0x7f, 0x9f) || (c.bytes == 1 && c.code > 0x7f);
  const bool is_direction =
      c.code == 0x61c || within(0x200e, 0x200f) || within(0x202a, 0x202e) || within(0x2066, 0x2069);
  const bool is_no_ink = c.code == 0xad || c.code == 0x200b || within(0x2028, 0x2029) ||
                         within(0x2060, 0x2064) || c.code == 0xfeff || within(0xe0000, 0xe007f);
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
    out += is_hidden(c) ? escape_of(c.code) : std::string(text.substr(at, c.bytes));
    at += c.bytes;
  }
  return out;
}

}  // namespace lamplight::cli
