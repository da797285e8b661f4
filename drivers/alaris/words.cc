#include "drivers/alaris/words.h"

#include <array>

namespace lamplight::alaris {
namespace {

struct Mode {
  std::string_view word;
  int32_t state;
};
// Numbers of the pump's states: the catalogue's order.
constexpr int32_t kFeeding = 2, kHold = 3, kPriming = 5, kComplete = 7, kKeepOpen = 10;
constexpr std::array<Mode, 6> kModes = {{{"INFUSE", kFeeding},
                                         {"BOLUS", kFeeding},
                                         {"HOLD", kHold},
                                         {"PURGE", kPriming},
                                         {"VTBI_DONE", kComplete},
                                         {"KVO", kKeepOpen}}};
constexpr std::array<AlarmWord, 4> kAlarms = {{{"OCCLUSION", "patient_tube_blocked"},
                                               {"BATTERY_LOW", "low_battery"},
                                               {"BATTERY_EMPTY", "dead_battery"},
                                               {"MAINS_LOST", "mains_lost"}}};

}  // namespace

std::optional<int32_t> state_of(std::string_view mode) {
  for (const Mode& each : kModes) {
    if (each.word == mode) return each.state;
  }
  return std::nullopt;
}

bool means_no_alarm(std::string_view word) { return word == "NONE" || word == "NO_ALARM"; }

std::span<const AlarmWord> alarm_words() { return kAlarms; }

}  // namespace lamplight::alaris
