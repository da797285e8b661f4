#include "rules/model/text.h"

#include <cstddef>
#include <cstdint>

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

bool is_utf8_text(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i++]);
    if (byte == 0) return false;
    if (byte < 0x80) continue;
    const Lead lead = lead_of(byte);
    if (lead.more == 0 || text.size() - i < lead.more) return false;
    uint32_t point = lead.bits;
    for (size_t k = 0; k < lead.more; ++k) {
      const auto next = static_cast<uint8_t>(text[i++]);
      if ((next & 0xC0U) != 0x80) return false;
      point = (point << 6) | (next & 0x3FU);
    }
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < lead.least || is_surrogate || point > 0x10FFFF) return false;
  }
  return true;
}

}  // namespace lamplight
