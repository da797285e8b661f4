// One self-contained page: no script, no file beside it, nothing fetched. It can be mailed, printed
// and read in ten years.
#include <algorithm>

#include "rules/replay/whatif/plots.h"
#include "rules/replay/whatif/svg.h"

namespace lamplight::replay {
namespace {

constexpr size_t kListed = 30;
constexpr size_t kDrawn = 8;

constexpr const char* kStyle = R"(
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1b2430; background: #fff;
  max-width: 1100px; margin: 1.5em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
table { border-collapse: collapse; margin: .6em 0; }
th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #dde3ea; }
th:first-child, td:first-child { text-align: left; white-space: pre; }
svg { display: block; width: 100%; height: auto; margin: .6em 0; }
svg .words { font: 11px system-ui, sans-serif; fill: #55606e; }
svg .cell { font: 11px system-ui, sans-serif; fill: #1b2430; }
svg .grid { stroke: #e3e8ee; } svg .signal { fill: #9fb0c3; }
svg rect.old { fill: #b9770e; } svg rect.new { fill: #1f6fb2; }
svg .limit { fill: none; stroke-width: 1.5; }
svg .limit.old { stroke: #b9770e; } svg .limit.new { stroke: #1f6fb2; stroke-dasharray: 6 3; }
.key b { display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; }
.note { border-left: 4px solid #b9770e; padding-left: .8em; }
.warn { border-left: 4px solid #d64541; padding-left: .8em; font-size: 1.1em; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 1em; }
figure { margin: 0; } figcaption { color: #55606e; }
)";

std::string cell(const std::string& text, const char* tag = "td") {
  return std::string("<") + tag + ">" + escaped(text) + "</" + tag + ">";
}

std::string row(const std::vector<std::string>& cells, const char* tag = "td") {
  std::string out = "<tr>";
  for (const std::string& text : cells) out += cell(text, tag);
  return out + "</tr>\n";
}

std::string seconds_text(int64_t ns) { return rounded(hours_of(ns) * 3600, 1); }

void append_head(const Report& report, std::string& out) {
  const Recording& r = report.after.recording;
  out += "<h1>What would have changed</h1>\n<p>" + rounded(hours_of(r.end - r.start) / 24, 1) +
         " days, " + escaped(report.calendar.label(r.start)) + " to " +
         escaped(report.calendar.label(r.end)) + ", " + escaped(report.source) + "</p>\n";
  for (const ReportSide* side : {&report.before, &report.after}) {
    const bool is_old = side == &report.before;
    out += std::string("<p class=\"key\"><b style=\"background:") +
           (is_old ? "#b9770e\"></b>old: " : "#1f6fb2\"></b>new: ") + escaped(side->rules) + ", " +
           escaped(side->plan.empty() ? "without a plan" : side->plan) + "</p>\n";
  }
  for (const std::string& note : report.notes) {
    out += "<p class=\"note\">" + escaped(note) + "</p>\n";
  }
}

void append_figures(const Report& report, std::string& out) {
  const Comparison& c = report.comparison;
  out +=
      "<p class=\"warn\">Seconds that the old rules announced and the new ones would not, the "
      "reading being beyond its old limit: <strong>" +
      seconds_text(c.unannounced_ns) + "</strong> (during " +
      seconds_text(c.unannounced_covered_ns) +
      " of them another alarm as serious rings)</p>\n<h2>Figures</h2>\n<table>\n";
  out += row({"", "old", "new"}, "th");
  for (const FigureRow& f : figure_rows(report)) {
    out += row({f.words, rounded(f.before, f.digits), rounded(f.after, f.digits)});
  }
  out += "</table>\n<h2>What they rest on</h2>\n<table>\n";
  out += row({"signal", "known (h)", "of the time (%)", "unknown (s)"}, "th");
  const double all = hours_of(report.after.recording.end - report.after.recording.start);
  for (const Watched& w : report.watched) {
    const double known = hours_of(w.known_ns);
    out += row({w.signal, rounded(known, 1), rounded(all > 0 ? 100 * known / all : 0, 1),
                rounded((all - known) * 3600, 0)});
  }
  out += "</table>\n";
}

std::string delay_text(const Delay& d) {
  if (d.count == 0) return "";
  return std::to_string(d.count) + ": " + seconds_text(d.min_ns) + " / " +
         seconds_text(d.median_ns) + " / " + seconds_text(d.max_ns);
}

void append_alarms(const Report& report, std::string& out) {
  out += "<h2>Alarm by alarm</h2>\n<table>\n";
  out += row({"alarm", "old", "new", "vanish", "appear", "later: min / median / max s",
              "earlier: min / median / max s", "unannounced s"},
             "th");
  for (const AlarmChange& a : report.comparison.alarms) {
    if (a.old_count == 0 && a.new_count == 0) continue;
    out += row({a.id, std::to_string(a.old_count), std::to_string(a.new_count),
                std::to_string(a.vanished), std::to_string(a.appeared), delay_text(a.later),
                delay_text(a.earlier), seconds_text(a.unannounced_ns)});
  }
  out += "</table>\n";
}

void append_list(const Report& report, const std::vector<Vanished>& list, const char* title,
                 std::string& out) {
  if (list.empty()) return;
  out += std::string("<h2>") + title + "</h2>\n<div class=\"plots\">\n";
  for (size_t i = 0; i < std::min(kDrawn, list.size()); ++i) {
    out += "<figure>" + episode_plot(report, list[i]) + "<figcaption>" + escaped(list[i].id) +
           ", " + escaped(report.calendar.label(list[i].episode.raised)) +
           "</figcaption></figure>\n";
  }
  out += "</div>\n<table>\n";
  out += row({"alarm", "at", "priority", "beyond its limit", "worst"}, "th");
  for (size_t i = 0; i < std::min(kListed, list.size()); ++i) {
    const Vanished& v = list[i];
    out += row({v.id, report.calendar.label(v.episode.raised),
                std::string(name_of(v.episode.priority)), time_text(v.episode.true_ns), v.worst});
  }
  out += "</table>\n";
  if (list.size() > kListed) {
    out += "<p>and " + std::to_string(list.size() - kListed) + " more; --json has all</p>\n";
  }
}

void append_section(const std::string& drawing, const std::string& title, std::string& out) {
  if (!drawing.empty()) out += "<h2>" + title + "</h2>\n" + drawing;
}

}  // namespace

std::string report_html(const Report& report) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>Lamplight: what would have changed</title>\n<style>";
  out += kStyle;
  out += "</style>\n</head>\n<body>\n";
  append_head(report, out);
  append_figures(report, out);
  append_section(trend_plot(report), "The whole time", out);
  append_section(nights_plot(report), "Night by night", out);
  if (report.sweep) {
    std::string of;
    for (const std::string& id : report.sweep->alarms) of += " " + escaped(id);
    append_section(heat_map(report, Heat::alarms), "Sweep: alarms of" + of, out);
    append_section(heat_map(report, Heat::unannounced),
                   "Sweep: seconds announced by the old rules and not at this setting", out);
  }
  append_alarms(report, out);
  append_list(report, report.comparison.vanished, "Alarms that vanish", out);
  append_list(report, report.comparison.appeared, "Alarms that appear", out);
  out +=
      "<p>Secondary notification; stay within hearing of the bedside devices. A what-if is no "
      "prediction: it says what these rules would have said of these recorded readings.</p>\n"
      "</body>\n</html>\n";
  return out;
}

}  // namespace lamplight::replay
