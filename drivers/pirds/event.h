// One PIRDS event in its JSON form, strictly: {"event":"M","type":"D","loc":"A","num":0,"ms":1000,
// "val":120}. Keys in any order, numbers whole; whatever else stands there is no event. Source:
// protocols reference 2.8.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight::pirds {

struct Event {
  char event = 0;  // 'M' a measurement, 'A' an assertion
  char type = 0;
  char loc = 0;
  int64_t val = 0;
};
std::optional<Event> parse_event(std::string_view line);

}  // namespace lamplight::pirds
