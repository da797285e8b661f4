// One Masimo ASCII-1 line → its fields, strictly. Grammar: protocols reference 1.1 (Rad-8
// operator's manual). Keys are found by name, never by place or width; a line that breaks the
// grammar is no line at all. What the fields mean is decoder.h's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight::masimo {

inline constexpr size_t kLineMax = 256;
inline constexpr size_t kClockChars = 17;  // "MM/DD/YY HH:MM:SS"

// A value that may be absent, all dashes, or a number in the catalogue's step.
struct Field {
  bool is_there = false;
  std::optional<int32_t> number = std::nullopt;  // nothing when dashes
};
struct Bits {
  bool is_there = false;
  std::optional<uint32_t> bits = std::nullopt;
};

struct Line {
  std::string_view clock;   // the device's own, kClockChars
  std::string_view serial;  // empty when absent or dashes
  Field spo2;               // 0.1 %
  Field pulse;              // 0.1 /min
  Field perfusion;          // 0.01 %
  Bits alarm;
  Bits exc;
  Bits exc1;
};

// "MM/DD/YY HH:MM:SS " at the beginning, a possible date and time.
bool begins_with_time(std::string_view text);

// Nothing if the text is not a whole, well-formed line. Views point into `text`.
std::optional<Line> parse_line(std::string_view text);

}  // namespace lamplight::masimo
