// Replay of a CSV through the online engine: the same program, events as JSON lines (rules
// language, section 8). Pure: text in, text out; the caller reads files and knows the time zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/engine/program.h"
#include "rules/replay/wall.h"

namespace lamplight::replay {

struct CsvReplay {
  std::string_view csv{};
  std::string csv_name = "IN.csv";     // for messages
  std::optional<std::string> until{};  // seconds in the input's scale: the clock runs on to it
  std::optional<std::string> wall{};   // RFC 3339: wall time of the first row; none = base values
  CivilTime civil = utc_time;          // local civil time by TZ
};

// Exit codes of the command line: 0 good, 2 unreadable input. On 2 `out` is empty.
struct ReplayResult {
  int exit_code = 0;
  std::string out{};
  std::string err{};
};

ReplayResult replay_csv(const engine::Program& program, const CsvReplay& request);

}  // namespace lamplight::replay
