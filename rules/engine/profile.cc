// Profiles by local civil time, to the minute.
#include "rules/engine/profile.h"

namespace lamplight::engine {
namespace {

constexpr int kDayMinutes = 24 * 60;

bool starts_on(const Profile& p, int weekday) { return ((p.days >> weekday) & 1U) != 0; }

bool is_active(const Profile& p, int weekday, int minute) {
  if (p.start_minute < p.end_minute) {
    return starts_on(p, weekday) && minute >= p.start_minute && minute < p.end_minute;
  }
  // Over midnight: the evening belongs to the day it starts on, the morning to the day before.
  if (minute >= p.start_minute) return starts_on(p, weekday);
  return minute < p.end_minute && starts_on(p, (weekday + 6) % 7);
}

}  // namespace

ProfileSet active_profiles(const Program& program, LocalTime at) {
  ProfileSet set = 0;
  for (size_t i = 0; i < program.profiles.size(); ++i) {
    if (is_active(program.profiles[i], at.weekday, at.second_of_day / 60)) {
      set |= ProfileSet{1} << i;
    }
  }
  return set;
}

int seconds_to_switch(const Program& program, LocalTime at) {
  int nearest = kDayMinutes * 60;
  for (const Profile& p : program.profiles) {
    for (const int minute : {int{p.start_minute}, int{p.end_minute}}) {
      int ahead = minute * 60 - at.second_of_day;
      if (ahead <= 0) ahead += kDayMinutes * 60;
      if (ahead < nearest) nearest = ahead;
    }
  }
  return nearest;
}

}  // namespace lamplight::engine
