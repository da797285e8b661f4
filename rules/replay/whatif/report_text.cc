// The table for a terminal: at most 100 columns.
#include <algorithm>

#include "rules/model/text.h"
#include "rules/replay/whatif/report.h"

namespace lamplight::replay {
namespace {

std::string padded(std::string text, size_t width, bool right) {
  const size_t length = count_characters(text);
  if (length >= width) return text;
  return right ? std::string(width - length, ' ') + text : text + std::string(width - length, ' ');
}

std::string cut(const std::string& text, size_t characters) {
  if (count_characters(text) <= characters) return text;
  size_t at = 0;
  for (size_t n = 0; n < characters - 1; ++n) at += character_at(text, at).bytes;
  return text.substr(0, at) + "~";
}

void append_head(const Report& report, std::string& out) {
  const Recording& r = report.after.recording;
  out += "What would have changed: " + rounded(hours_of(r.end - r.start) / 24, 1) + " days, " +
         report.calendar.label(r.start) + " to " + report.calendar.label(r.end);
  if (!report.nights.empty()) out += ", " + rounded(night_count(report.nights), 1) + " nights";
  out += "\n  samples  " + report.source + "\n";
  for (const ReportSide* side : {&report.before, &report.after}) {
    out += side == &report.before ? "  old      " : "  new      ";
    out += side->rules;
    out += side->plan.empty() ? ", without a plan: the limits' own values" : ", " + side->plan;
    out += "\n";
  }
  for (const std::string& note : report.notes) out += "  NOTE     " + note + "\n";
  out += "\nThese figures rest on (signal: known for, of the time)\n";
  const double all = hours_of(r.end - r.start);
  for (const Watched& w : report.watched) {
    const double known = hours_of(w.known_ns);
    out += "  " + padded(w.signal, 28, false) + padded(rounded(known, 1), 9, true) + " h " +
           padded(rounded(all > 0 ? 100 * known / all : 0, 1), 6, true) + " %   unknown " +
           rounded((all - known) * 3600, 0) + " s\n";
  }
}

void append_figures(const Report& report, std::string& out) {
  out += "\n" + padded("", 36, false) + padded("old", 11, true) + padded("new", 11, true) +
         padded("change", 11, true) + "\n";
  for (const FigureRow& row : figure_rows(report)) {
    const double change = row.after - row.before;
    const std::string sign = change > 0 ? "+" : "";
    out += padded(row.words, 36, false) + padded(rounded(row.before, row.digits), 11, true) +
           padded(rounded(row.after, row.digits), 11, true) +
           padded(sign + rounded(change, row.digits), 11, true) + "\n";
  }
  const Comparison& c = report.comparison;
  out +=
      "\nSeconds that the old rules announced and the new ones would not, the reading being\n"
      "beyond its old limit: " +
      rounded(hours_of(c.unannounced_ns) * 3600, 1) + " s";
  if (c.unannounced_ns > 0) {
    out += " (during " + rounded(hours_of(c.unannounced_covered_ns) * 3600, 1) +
           " s of them another alarm as serious rings)";
  }
  out += "\n";
}

std::string delay_text(const Delay& d) {
  if (d.count == 0) return "-";
  return std::to_string(d.count) + ": " + rounded(hours_of(d.min_ns) * 3600, 1) + "/" +
         rounded(hours_of(d.median_ns) * 3600, 1) + "/" + rounded(hours_of(d.max_ns) * 3600, 1);
}

void append_alarms(const Report& report, std::string& out) {
  out += "\n" + padded("alarm", 24, false) + padded("old", 6, true) + padded("new", 6, true) +
         padded("gone", 6, true) + padded("added", 6, true) + "  " +
         padded("later (min/med/max s)", 23, false) + padded("earlier", 16, false) +
         padded("unannounced", 11, true) + "\n";
  for (const AlarmChange& a : report.comparison.alarms) {
    if (a.old_count == 0 && a.new_count == 0) continue;
    out += padded(cut(a.id, 23), 24, false) + padded(std::to_string(a.old_count), 6, true) +
           padded(std::to_string(a.new_count), 6, true) +
           padded(std::to_string(a.vanished), 6, true) +
           padded(std::to_string(a.appeared), 6, true) + "  " +
           padded(delay_text(a.later), 23, false) + padded(delay_text(a.earlier), 16, false) +
           padded(rounded(hours_of(a.unannounced_ns) * 3600, 1) + " s", 11, true) + "\n";
  }
}

void append_list(const Report& report, const std::vector<Vanished>& list, const std::string& title,
                 size_t most, std::string& out) {
  if (list.empty()) return;
  out += "\n" + title + "\n";
  for (size_t i = 0; i < std::min(most, list.size()); ++i) {
    const Vanished& v = list[i];
    out += "  " + padded(report.calendar.label(v.episode.raised), 21, false) +
           padded(cut(v.id, 25), 26, false) +
           padded(std::string(name_of(v.episode.priority)), 8, false) + "beyond " +
           padded(time_text(v.episode.true_ns), 12, false);
    if (!v.worst.empty()) out += " worst " + v.worst;
    out += "\n";
  }
  if (list.size() > most) {
    out += "  and " + std::to_string(list.size() - most) + " more: --rows N, or --json for all\n";
  }
}

void append_sweep(const Sweep& sweep, double nights, std::string& out) {
  out += "\nSweep over " + sweep.axes[0].name +
         (sweep.axes.size() > 1 ? " (down) and " + sweep.axes[1].name + " (across)" : "") + ": " +
         (nights > 0 ? "alarms a night" : "alarms in all") + " / seconds unannounced, of";
  for (const std::string& id : sweep.alarms) out += " " + id;
  out += "\n";
  const size_t across = sweep.axes.size() > 1 ? sweep.axes[1].values.size() : 1;
  if (sweep.axes.size() > 1) {
    out += padded("", 14, false);
    for (const std::string& label : sweep.axes[1].labels) out += padded(label, 14, true);
    out += "\n";
  }
  for (size_t i = 0; i < sweep.axes[0].values.size(); ++i) {
    out += padded(sweep.axes[0].labels[i], 14, false);
    for (size_t k = 0; k < across; ++k) {
      const Cell& cell = sweep.cells[i * across + k];
      const double alarms = nights > 0 ? static_cast<double>(cell.summary.alarms_at_night) / nights
                                       : static_cast<double>(cell.summary.alarms);
      out += padded(rounded(alarms, 2) + " / " + rounded(hours_of(cell.unannounced_ns) * 3600, 0),
                    14, true);
    }
    out += "\n";
  }
}

}  // namespace

std::string report_text(const Report& report, const TextOptions& options) {
  std::string out;
  append_head(report, out);
  append_figures(report, out);
  append_alarms(report, out);
  append_list(report, report.comparison.vanished,
              "Alarms that vanish, longest beyond their limit first", options.rows, out);
  append_list(report, report.comparison.appeared, "Alarms that appear, longest first", options.rows,
              out);
  if (report.sweep) append_sweep(*report.sweep, night_count(report.nights), out);
  return out;
}

}  // namespace lamplight::replay
