// One JSON object; times in seconds of the recording's scale, and wall labels where there is a
// clock.
#include <cmath>

#include "rules/model/json_writer.h"
#include "rules/replay/whatif/report.h"

namespace lamplight::replay {
namespace {

void number(JsonWriter& json, double value, int digits) { json.raw(rounded(value, digits)); }
void seconds_of(JsonWriter& json, const char* key, int64_t ns) { json.key(key).decimal(ns, 9); }

void write_side(JsonWriter& json, const ReportSide& side) {
  json.begin_object().key("rules").string(side.rules).key("plan");
  side.plan.empty() ? json.null() : json.string(side.plan);
  const Choice& choice = side.evaluated.choice;
  json.key("evaluated_by").string(name_of(choice.by));
  if (!choice.why.empty()) json.key("because").string(choice.why);
  json.key("conditions_by_engine").begin_array();
  for (const std::string& words : choice.conditions) json.string(words);
  json.end_array().end_object();
}

void write_delay(JsonWriter& json, const char* key, const Delay& d) {
  json.key(key).begin_object().key("count").integer(static_cast<int64_t>(d.count));
  seconds_of(json, "min_s", d.min_ns);
  seconds_of(json, "median_s", d.median_ns);
  seconds_of(json, "max_s", d.max_ns);
  json.end_object();
}

void write_alarms(JsonWriter& json, const Comparison& c) {
  json.key("alarms").begin_array();
  const auto count = [&](const char* key, size_t n) {
    json.key(key).integer(static_cast<int64_t>(n));
  };
  for (const AlarmChange& a : c.alarms) {
    json.begin_object().key("alarm").string(a.id).key("title").string(a.title);
    count("old", a.old_count);
    count("new", a.new_count);
    count("vanished", a.vanished);
    count("appeared", a.appeared);
    count("split", a.split);
    write_delay(json, "later", a.later);
    write_delay(json, "earlier", a.earlier);
    seconds_of(json, "unannounced_s", a.unannounced_ns);
    seconds_of(json, "unannounced_while_another_rings_s", a.unannounced_covered_ns);
    json.end_object();
  }
  json.end_array();
}

void write_list(JsonWriter& json, const char* key, const std::vector<Vanished>& list,
                const Calendar& calendar) {
  json.key(key).begin_array();
  for (const Vanished& v : list) {
    json.begin_object().key("alarm").string(v.id);
    seconds_of(json, "t", v.episode.raised);
    json.key("at").string(calendar.label(v.episode.raised));
    json.key("priority").string(name_of(v.episode.priority));
    seconds_of(json, "since", v.episode.since);
    seconds_of(json, "ended", v.episode.ended);
    seconds_of(json, "beyond_limit_s", v.episode.true_ns);
    json.key("worst");
    v.worst.empty() ? json.null() : json.string(v.worst);
    json.end_object();
  }
  json.end_array();
}

void write_sweep(JsonWriter& json, const Sweep& sweep, double nights) {
  json.key("sweep").begin_object().key("alarms").begin_array();
  for (const std::string& id : sweep.alarms) json.string(id);
  json.end_array().key("axes").begin_array();
  for (const Axis& axis : sweep.axes) {
    json.begin_object().key("name").string(axis.name).key("values").begin_array();
    for (const std::string& label : axis.labels) json.string(label);
    json.end_array().end_object();
  }
  json.end_array().key("cells").begin_array();
  size_t at = 0;
  for (const Cell& cell : sweep.cells) {
    json.begin_object().key("at").begin_array();
    const size_t across = sweep.axes.size() > 1 ? sweep.axes[1].values.size() : 1;
    json.string(sweep.axes[0].labels[at / across]);
    if (sweep.axes.size() > 1) json.string(sweep.axes[1].labels[at % across]);
    json.end_array();
    ++at;
    json.key("alarms").integer(static_cast<int64_t>(cell.summary.alarms));
    json.key("alarms_per_night");
    const auto at_night = static_cast<double>(cell.summary.alarms_at_night);
    nights > 0 ? number(json, at_night / nights, 3) : static_cast<void>(json.null());
    json.key("nights_woken").integer(static_cast<int64_t>(cell.summary.nights_woken));
    seconds_of(json, "in_alarm_s", cell.summary.in_alarm_ns);
    seconds_of(json, "unannounced_s", cell.unannounced_ns);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string report_json(const Report& report) {
  std::string out;
  JsonWriter json(out);
  const Recording& r = report.after.recording;
  json.begin_object().key("samples").string(report.source);
  seconds_of(json, "from", r.start);
  seconds_of(json, "to", r.end);
  json.key("from_at").string(report.calendar.label(r.start));
  json.key("to_at").string(report.calendar.label(r.end));
  json.key("days");
  number(json, hours_of(r.end - r.start) / 24, 3);
  json.key("nights");
  number(json, night_count(report.nights), 3);
  json.key("old");
  write_side(json, report.before);
  json.key("new");
  write_side(json, report.after);
  json.key("notes").begin_array();
  for (const std::string& note : report.notes) json.string(note);
  json.end_array().key("known").begin_array();
  for (const Watched& w : report.watched) {
    json.begin_object().key("signal").string(w.signal);
    seconds_of(json, "known_s", w.known_ns);
    seconds_of(json, "unknown_s", r.end - r.start - w.known_ns);
    json.end_object();
  }
  json.end_array().key("figures").begin_object();
  for (const FigureRow& row : figure_rows(report)) {
    json.key(row.key).begin_object().key("old");
    number(json, row.before, row.digits + 1);
    json.key("new");
    number(json, row.after, row.digits + 1);
    json.end_object();
  }
  json.end_object();
  seconds_of(json, "unannounced_s", report.comparison.unannounced_ns);
  seconds_of(json, "unannounced_while_another_rings_s", report.comparison.unannounced_covered_ns);
  write_alarms(json, report.comparison);
  write_list(json, "vanished", report.comparison.vanished, report.calendar);
  write_list(json, "appeared", report.comparison.appeared, report.calendar);
  if (report.sweep) write_sweep(json, *report.sweep, night_count(report.nights));
  json.end_object();
  return out + "\n";
}

}  // namespace lamplight::replay
