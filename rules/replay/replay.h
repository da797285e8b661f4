// Replay through the online engine, of a CSV or a recording: the same program, events as JSON lines
// (rules language, section 8). Pure: the caller reads files and knows the time zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/engine/program.h"
#include "rules/replay/event_line.h"
#include "rules/replay/recording.h"
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

// The same of a recording, by the online engine: event lines carry evidence, which only it keeps.
std::string replay_recording(const engine::Program& program, const Recording& recording,
                             const WallLabel& wall);

}  // namespace lamplight::replay
