// What the three writers share: figures and how they are written.
#include <cmath>
#include <set>

#include "rules/model/json_writer.h"
#include "rules/replay/whatif/report.h"

namespace lamplight::replay {

std::optional<std::string> note_of_hands(const engine::Program& before,
                                         const engine::Program& after) {
  std::set<std::string> buttons;
  std::set<std::string> latched;
  for (const engine::Program* program : {&before, &after}) {
    for (const engine::Button& b : program->buttons) buttons.insert(b.name);
    for (const engine::Alarm& a : program->alarms) {
      if (a.latch) latched.insert(a.id);
    }
  }
  if (buttons.empty() && latched.empty()) return std::nullopt;
  const auto joined = [](const std::set<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
  };
  std::string note = "presses and acknowledgements are not repeated here:";
  if (!buttons.empty()) note += " an alarm held back by a button counts (" + joined(buttons) + ")";
  if (!latched.empty()) {
    note += buttons.empty() ? "" : ",";
    note += " what latches is never reset (" + joined(latched) + ")";
  }
  return note;
}

double hours_of(int64_t ns) { return static_cast<double>(ns) / static_cast<double>(hours(1).ns); }

std::string rounded(double value, int digits) {
  double scaled = value;
  for (int i = 0; i < digits; ++i) scaled *= 10;
  std::string out;
  append_decimal(out, std::llround(scaled), digits);
  return out;
}

std::string time_text(int64_t ns) {
  const int64_t tenths = (ns + 50'000'000) / 100'000'000;
  const int64_t s = tenths / 10;
  std::string out;
  if (s < 60) {
    append_decimal(out, tenths, 1);
    return out + " s";
  }
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
}

std::vector<FigureRow> figure_rows(const Report& report) {
  const Recording& r = report.after.recording;
  const double days = hours_of(r.end - r.start) / 24;
  const double nights = night_count(report.nights);
  const Summary& a = report.before.summary;
  const Summary& b = report.after.summary;
  std::vector<FigureRow> rows;
  const auto add = [&](const char* key, const char* words, double before, double after,
                       int digits) { rows.push_back({key, words, before, after, digits}); };
  const auto count = [](uint64_t n) { return static_cast<double>(n); };
  const auto minutes_of = [](int64_t ns) { return hours_of(ns) * 60; };
  static constexpr const char* kAtNight[] = {"info_per_night", "low_per_night", "medium_per_night",
                                             "high_per_night"};
  static constexpr const char* kNames[] = {"  of them info", "  of them low", "  of them medium",
                                           "  of them high"};
  if (nights > 0) {
    add("alarms_per_night", "alarms a night (22:00-06:00)", count(a.alarms_at_night) / nights,
        count(b.alarms_at_night) / nights, 2);
    for (size_t p = kPriorities; p-- > 0;) {
      add(kAtNight[p], kNames[p], count(a.at_night_by_priority[p]) / nights,
          count(b.at_night_by_priority[p]) / nights, 2);
    }
    add("nights_with_high", "nights with a high alarm", count(a.nights_with_high),
        count(b.nights_with_high), 0);
    add("nights_woken", "nights woken", count(a.nights_woken), count(b.nights_woken), 0);
    add("times_woken", "times woken", count(a.times_woken), count(b.times_woken), 0);
  }
  static constexpr const char* kADay[] = {"info_per_day", "low_per_day", "medium_per_day",
                                          "high_per_day"};
  if (days > 0) {
    add("alarms_per_day", "alarms a day (24 h)", count(a.alarms) / days, count(b.alarms) / days, 2);
    for (size_t p = kPriorities; p-- > 0;) {
      add(kADay[p], kNames[p], count(a.by_priority[p]) / days, count(b.by_priority[p]) / days, 2);
    }
  }
  add("alarms", "alarms in all", count(a.alarms), count(b.alarms), 0);
  add("minutes_in_alarm", "minutes in alarm", minutes_of(a.in_alarm_ns), minutes_of(b.in_alarm_ns),
      1);
  add("minutes_unconfirmed", "  unconfirmed: reading lost", minutes_of(a.unconfirmed_ns),
      minutes_of(b.unconfirmed_ns), 1);
  add("minutes_inhibited", "  held back by an inhibition", minutes_of(a.inhibited_ns),
      minutes_of(b.inhibited_ns), 1);
  return rows;
}

}  // namespace lamplight::replay
