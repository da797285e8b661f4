// One line of a Nellcor printout → its fields, strictly, or a heading. What the codes mean is
// codes.h's business. Grammar: protocols reference 1.3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lamplight::nellcor {

inline constexpr size_t kLineMax = 160;
inline constexpr size_t kCodesMax = 16;

struct Field {
  std::optional<int32_t> number;  // nothing when dashes
  bool is_marked = false;         // '*': its limit is violated
};

struct Line {
  std::string_view clock;  // the device's own: "DD-MMM-YY HH:MM:SS"
  Field spo2;              // percent
  Field pulse;             // 1/min
  std::array<std::string_view, kCodesMax> codes{};
  size_t code_count = 0;
  std::span<const std::string_view> all_codes() const { return std::span(codes).first(code_count); }
};

struct Heading {
  std::string_view model;                      // "NPB-295"
  std::string_view firmware;                   // "2.0.0.0"
  std::string_view spo2_limits, pulse_limits;  // "70-100%", "60-160BPM"
};

// "DD-MMM-YY HH:MM:SS " at the beginning, a possible date and time.
bool begins_with_time(std::string_view text);
// Nothing if it is no whole reading. Views point into `text`.
std::optional<Line> parse_line(std::string_view text);
// A title or mode line, which holds no reading; `heading` is filled from the line that names the
// model. False: it is none.
bool parse_heading(std::string_view text, Heading& heading);

}  // namespace lamplight::nellcor
