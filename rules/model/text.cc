#include "rules/model/text.h"

namespace lamplight {
namespace {

struct Lead {
  size_t more;  // continuation bytes that follow
  uint32_t bits;
  uint32_t least;  // a smaller code point would be an overlong form
};

// more == 0 means: no lead byte of a sequence.
Lead lead_of(uint8_t byte) {
  if ((byte & 0xE0U) == 0xC0) return {1, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0) return {2, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0) return {3, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Character character_at(std::string_view text, size_t at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) return {first, 1};
  const Lead lead = lead_of(first);
  if (lead.more == 0 || text.size() - at <= lead.more) return {};
  uint32_t code = lead.bits;
  for (const char next : text.substr(at + 1, lead.more)) {
    if (!continues_character(next)) return {};
    code = (code << 6) | (static_cast<uint8_t>(next) & 0x3FU);
  }
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < lead.least || is_surrogate || code > 0x10FFFF) return {};
  return {code, lead.more + 1};
}

bool is_utf8_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (c.bytes == 0 || c.code == 0) return false;
    at += c.bytes;
  }
  return true;
}

}  // namespace lamplight
