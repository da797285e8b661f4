#include "tests/sim/script.h"

#include <algorithm>
#include <sstream>

#include "tests/sim/dice.h"

namespace lamplight::world {
namespace {

Mishap draw(Dice& dice, Fault fault, Duration stormy) {
  Mishap m;
  m.fault = fault;
  m.at = milliseconds(dice.between(5'000, stormy.ms() - 30'000));
  m.lasts = milliseconds(dice.between(200, 25'000));
  // Some outages are long enough for more history than the window holds.
  if (fault == Fault::broker_down && dice.one_in(3)) m.lasts = seconds(dice.between(100, 240));
  m.detail = dice.between(0, 1'000'000);
  return m;
}

}  // namespace

bool is_crash(Fault f) {
  return f == Fault::process_death || f == Fault::box_death || f == Fault::poison;
}

Script draw_script(uint64_t seed) {
  Dice dice(seed * 0x2545F4914F6CDD1DULL + 1);
  Script script;
  script.seed = seed;
  const int64_t count = dice.between(10, 24);
  for (int64_t i = 0; i < count; ++i) {
    script.mishaps.push_back(
        draw(dice, static_cast<Fault>(dice.between(0, kFaultCount - 1)), script.stormy));
  }
  const bool crashes = std::any_of(script.mishaps.begin(), script.mishaps.end(),
                                   [](const Mishap& m) { return is_crash(m.fault); });
  if (!crashes) {
    const Fault crash[] = {Fault::process_death, Fault::box_death, Fault::poison};
    script.mishaps.push_back(draw(dice, crash[dice.between(0, 2)], script.stormy));
  }
  std::sort(script.mishaps.begin(), script.mishaps.end(),
            [](const Mishap& a, const Mishap& b) { return a.at < b.at; });
  return script;
}

std::string to_text(const Script& script) {
  std::ostringstream out;
  out << "seed " << script.seed << "\nstormy_ms " << script.stormy.ms() << "\ncalm_ms "
      << script.calm.ms() << '\n';
  for (const Mishap& m : script.mishaps) {
    out << "mishap " << kFaultNames[static_cast<size_t>(m.fault)] << " at_ms " << m.at.ms()
        << " lasts_ms " << m.lasts.ms() << " detail " << m.detail << '\n';
  }
  return out.str();
}

Result<Script> script_of(const std::string& text) {
  Script script;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string first, fault, skip;
    int64_t at = 0, lasts = 0, detail = 0;
    words >> first;
    const auto wrong = [&] { return failure("line " + std::to_string(number) + ": " + line); };
    if (first == "seed") {
      words >> script.seed;
    } else if (first == "stormy_ms") {
      words >> at;
      script.stormy = milliseconds(at);
    } else if (first == "calm_ms") {
      words >> at;
      script.calm = milliseconds(at);
    } else if (first == "mishap") {
      words >> fault >> skip >> at >> skip >> lasts >> skip >> detail;
      const auto* found = std::find(kFaultNames.begin(), kFaultNames.end(), fault);
      if (!words || found == kFaultNames.end()) return wrong();
      script.mishaps.push_back({static_cast<Fault>(found - kFaultNames.begin()), milliseconds(at),
                                milliseconds(lasts), detail});
    } else if (!first.empty()) {
      return wrong();
    }
  }
  return script;
}

}  // namespace lamplight::world
