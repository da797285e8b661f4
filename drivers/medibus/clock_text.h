// The date and time that a Medibus device prints: "HH:MM[:SS][ ]DD-MMM-YY", in German or English,
// with the blanks and short days that models print (protocols reference 2.3).
#pragma once

#include <optional>
#include <string_view>

namespace lamplight::medibus {

struct ClockText {
  int year = 0;  // of two digits
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool operator==(const ClockText&) const = default;
};

std::optional<ClockText> parse_clock(std::string_view text);

}  // namespace lamplight::medibus
