// A CSV (csv.h) as a recording: the same strict reading, into columns instead of steps.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rules/replay/csv.h"
#include "rules/replay/recording.h"
#include "rules/replay/wall.h"
#include "rules/replay/wall_offsets.h"

namespace lamplight::replay {

struct CsvRecording {
  Recording recording;
  std::vector<CsvError> errors;  // none: the recording is good
  std::vector<CsvError> notes;   // as CsvReader's
  bool has_rows = false;
};

// `clock` is made when the first row is known; none: base values hold throughout.
using MakeClock = std::function<std::optional<ProfileClock>(int64_t start)>;
CsvRecording record_csv(const engine::Program& program, std::string_view text,
                        std::optional<int64_t> until, const MakeClock& clock);

// Every change of the active profiles from start to end.
std::vector<ProfileStep> profile_steps(const std::optional<ProfileClock>& clock, int64_t start,
                                       int64_t end);
// The same where the clock was set on the way; base values where it was not set.
std::vector<ProfileStep> profile_steps(const engine::Program& program, const CivilTime& civil,
                                       const WallOffsets& wall, int64_t start, int64_t end);

}  // namespace lamplight::replay
