#include "rules/replay/drive.h"

#include <algorithm>

namespace lamplight::replay {

void drive(const engine::Program& program, const Recording& recording,
           const std::vector<bool>& read, const Look& look) {
  const auto& profiles = recording.profiles;
  engine::Engine engine(program, {.start = {recording.start},
                                  .devices = {},
                                  .first_occurrence = 1,
                                  .profiles = profiles.front().active,
                                  .time_is_set = true});
  engine::EffectList effects;
  Rows rows(recording, read);
  size_t next_profile = 1;
  for (;;) {
    const int64_t switches = next_profile < profiles.size() ? profiles[next_profile].t : kEnd;
    const int64_t t = std::min({rows.next_t(), switches, engine.next_deadline().ns});
    if (t > recording.end || t == kEnd) return;
    engine::Input input;
    if (t == rows.next_t()) input.samples = rows.take();
    if (t == switches) input.profiles = profiles[next_profile++].active;
    // One instant makes fewer events than the list holds; `again` is for many deadlines at once.
    while (engine.step({t}, input, effects) == engine::StepStatus::again) {
      look(engine, effects, t);
      effects.clear();
    }
    look(engine, effects, t);
    effects.clear();
  }
}

}  // namespace lamplight::replay
