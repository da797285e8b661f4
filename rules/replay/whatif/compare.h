// Old rules beside new ones, alarm by alarm and episode by episode. An old episode and the first
// new one of the same alarm that overlaps it are the same episode; what overlaps none vanishes or
// appears. The figure that matters most: seconds in which the old rules had announced a reading
// that really was beyond its limit, and the new ones would not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/replay/whatif/episodes.h"

namespace lamplight::replay {

struct Side {
  const engine::Program& program;
  const Outcome& outcome;
  const std::vector<Episode>& episodes;
};

struct Vanished {
  Episode episode;  // of the old rules, or of the new ones where it appears
  std::string id;
  std::string worst;  // with its unit; empty: none
};

struct Delay {
  int64_t min_ns = 0, median_ns = 0, max_ns = 0;
  size_t count = 0;
};

struct AlarmChange {
  std::string id;
  std::string title;
  size_t old_count = 0;
  size_t new_count = 0;
  size_t vanished = 0;
  size_t appeared = 0;
  size_t split = 0;  // of the new ones: within an old episode that another one began
  Delay later;       // of those in both
  Delay earlier;
  int64_t unannounced_ns = 0;          // old announced it and it was true; new does not
  int64_t unannounced_covered_ns = 0;  // of these, while another alarm as serious rings
};

struct Comparison {
  std::vector<AlarmChange> alarms;  // in the order of the old file, then what only the new one has
  std::vector<Vanished> vanished;   // longest below its limit first
  std::vector<Vanished> appeared;   // longest first
  int64_t unannounced_ns = 0;
  int64_t unannounced_covered_ns = 0;
};

Comparison compare(const Side& old_side, const Side& new_side);

// A signal's value for people: "84.5 percent".
std::string value_text(const engine::Signal& signal, int64_t steps);

}  // namespace lamplight::replay
