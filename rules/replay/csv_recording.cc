#include "rules/replay/csv_recording.h"

#include <algorithm>

namespace lamplight::replay {

std::vector<ProfileStep> profile_steps(const std::optional<ProfileClock>& clock, int64_t start,
                                       int64_t end) {
  if (!clock) return {{start, 0}};
  std::vector<ProfileStep> steps{{start, clock->active_at(start)}};
  for (int64_t t = clock->next_switch(start, end + 1); t <= end;
       t = clock->next_switch(t, end + 1)) {
    steps.push_back({t, clock->active_at(t)});
  }
  return steps;
}

std::vector<ProfileStep> profile_steps(const engine::Program& program, const CivilTime& civil,
                                       const WallOffsets& wall, int64_t start, int64_t end) {
  std::vector<ProfileStep> steps;
  for (const WallOffsets::Span& span : wall.between(start, end + 1)) {
    std::optional<ProfileClock> clock;
    if (span.wall_minus_t) clock.emplace(program, civil, span.from, span.from + *span.wall_minus_t);
    for (const ProfileStep& s : profile_steps(clock, span.from, span.to - 1)) {
      if (steps.empty() || steps.back().active != s.active) steps.push_back(s);
    }
  }
  return steps;
}

CsvRecording record_csv(const engine::Program& program, std::string_view text,
                        std::optional<int64_t> until, const MakeClock& clock) {
  CsvRecording out;
  CsvReader reader(program, text);
  std::vector<ColumnBuilder> builders(program.signals.size());
  Recording& r = out.recording;
  const bool has_header = reader.read_header();
  while (has_header && !reader.at_end() && reader.errors().size() <= 20) {
    if (!reader.read_row() || !reader.errors().empty()) continue;
    if (!out.has_rows) r.start = reader.t();
    out.has_rows = true;
    r.end = reader.t();
    for (const engine::InputSample& s : reader.samples()) {
      builders[s.signal].append(reader.t(), s.value, worth_of(s.quality, s.reason));
      ++r.samples;
    }
  }
  out.errors = reader.errors();
  out.notes = reader.notes();
  if (until) r.end = std::max(r.end, *until);
  r.profiles = profile_steps(clock ? clock(r.start) : std::nullopt, r.start, r.end);
  for (size_t i = 0; i < builders.size(); ++i) {
    const engine::Signal& signal = program.signals[i];
    r.converted.push_back(std::make_unique<Column>(builders[i].take()));
    r.readings.push_back({r.converted.back().get(), signal.min, signal.max, signal.stale.ns});
  }
  return out;
}

}  // namespace lamplight::replay
