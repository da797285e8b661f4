// The live view as rows that fit a window. Alarms stand first and are the last to go: where the
// rows do not suffice, spaces go first, then the record, links that work, what is said of alarms
// that are over, readings but one, and only then what an alarm says beside its title and state.
// What went is counted in the last row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/cli/screen.h"

namespace lamplight::cli {

struct Window {  // characters; 0: without end
  size_t columns = 0;
  size_t rows = 0;
};
// The window of standard output. COLUMNS and LINES win over what the terminal says.
Window window_of_output();

// What a line is worth to somebody at the bedside; the later ones go first.
enum class Worth : uint8_t {
  alarm,
  notice,
  newest,  // one reading that has a value
  instruction,
  circumstance,
  over,  // the title of an alarm that is over
  trouble,
  house,
  reading,
  past,  // what else is said of it
  link,
  record,
  space,
};
struct Line {
  Worth worth = Worth::space;
  std::string text;
};

struct Readouts {  // JSON, as lamplightd gave it
  std::string status, alarms, vitals, links, devices;
};
std::vector<Line> page_of(const Readouts& readouts, const Style& style);

// Rows, each ended by a newline. Colours survive where a line is broken.
std::string fitted(const std::vector<Line>& lines, Window window);

}  // namespace lamplight::cli
