#include "rules/replay/whatif/summary.h"

#include <set>

namespace lamplight::replay {

Summary summarise(const std::vector<Episode>& episodes, const std::vector<Night>& nights) {
  Summary s;
  std::set<size_t> high;
  std::set<size_t> woken;
  for (const Episode& e : episodes) {
    const auto rank = static_cast<size_t>(e.priority);
    ++s.alarms;
    ++s.by_priority[rank];
    s.in_alarm_ns += e.ended - e.raised;
    s.unconfirmed_ns += e.unconfirmed_ns;
    s.inhibited_ns += e.inhibited_ns;
    if (const auto night = night_at(nights, e.raised)) {
      ++s.alarms_at_night;
      ++s.at_night_by_priority[rank];
      if (e.priority == Priority::high) high.insert(*night);
    }
    for (const int64_t t : e.sounds) {
      const auto night = night_at(nights, t);
      if (!night) continue;
      ++s.times_woken;
      woken.insert(*night);
    }
  }
  s.nights_with_high = high.size();
  s.nights_woken = woken.size();
  return s;
}

std::vector<Watched> watched(const engine::Program& program, const Recording& recording) {
  std::vector<Watched> all;
  for (size_t i = 0; i < program.signals.size(); ++i) {
    const Known known = known_in(recording.readings[i], recording.start, recording.end);
    all.push_back({program.signals[i].name, known.ns});
  }
  return all;
}

double night_count(const std::vector<Night>& nights) {
  int64_t ns = 0;
  for (const Night& night : nights) ns += night.to - night.from;
  return static_cast<double>(ns) / static_cast<double>(hours(8).ns);
}

}  // namespace lamplight::replay
