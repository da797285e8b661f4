#include "firmware-sim/conformance/html.h"

#include <cstdio>

#include "firmware-sim/conformance/plot.h"
#include "rules/model/catalogue.h"

namespace lamplight::conformance {
namespace {

constexpr const char* kStyle = R"(body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;
max-width:900px;color:#222}h1{font-size:22px}h2{font-size:17px;margin-top:2em}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:3px 6px;
text-align:left;vertical-align:top}th{background:#f4f4f4}.pass{color:#176b2c}.fail{color:#a3120a;
font-weight:bold}.na{color:#777}.verdict{font-size:18px;padding:.5em .8em;border-radius:6px}
.verdict.pass{background:#e2f3e5}.verdict.fail{background:#fbe3e1}tr.fail td{background:#fdf1f0}
small{color:#555}code{font-size:12px;word-break:break-all}figure{margin:1em 0}figcaption{font-size:
13px;color:#555}svg text{font-size:10px;fill:#666}.axis{fill:none;stroke:#bbb}.device{fill:none;
stroke:#8aa7d6;stroke-width:1.5}.driver{fill:#176b2c}.missing{fill:#a3120a})";

std::string_view class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::not_applicable:
      return "na";
  }
  return "fail";
}

std::string cell(std::string_view text) { return "<td>" + escaped(text) + "</td>"; }

void add_facts(const std::vector<std::pair<std::string, std::string>>& facts, std::string& out) {
  out += "<table>";
  for (const auto& [name, value] : facts) {
    out += "<tr><th>" + escaped(name) + "</th>" + cell(value) + "</tr>";
  }
  out += "</table>\n";
}

void add_verdict(const Report& report, std::string& out) {
  const bool is_good = report.is_good();
  out += std::string("<p class=\"verdict ") +
         (is_good ? "pass\">Conforms: " : "fail\">Does not conform: ");
  out += std::to_string(report.count(Verdict::pass)) + " passed, " +
         std::to_string(report.count(Verdict::fail)) + " failed, " +
         std::to_string(report.count(Verdict::not_applicable)) + " not applicable.</p>\n";
}

std::string_view outcome_of(const Capability& c) {
  if (c.failed > 0) return "fail";
  if (c.passed > 0) return "pass";
  return "na";
}

void add_checklist(const Report& report, std::string& out) {
  out +=
      "<h2>Capabilities</h2><table><tr><th>signal</th><th>the driver lists it</th><th>the device "
      "shows it</th><th>proved</th></tr>\n";
  for (const auto& [signal, c] : report.capabilities()) {
    if (!c.is_listed && !c.is_shown && c.passed + c.failed == 0) continue;
    const std::string_view outcome = outcome_of(c);
    const std::string proved = outcome == "na"     ? "not proved"
                               : outcome == "fail" ? std::to_string(c.failed) + " failed"
                                                   : std::to_string(c.passed) + " cases";
    out += "<tr>" + cell(path_of(signal)) + cell(c.is_listed ? "yes" : "no") +
           cell(c.is_shown ? "yes" : "no") + "<td class=\"" + std::string(outcome) + "\">" +
           proved + "</td></tr>\n";
  }
  out += "</table>\n";
}

void add_line(const Line& line, std::string& out) {
  const std::string name(class_of(line.verdict));
  char took[32];
  std::snprintf(took, sizeof took, "%.1f s", static_cast<double>(line.took.ns) / 1e9);
  out += "<tr class=\"" + name + "\"><td class=\"" + name + "\">" +
         std::string(name_of(line.verdict)) + "</td>" + cell(line.name) + cell(line.expected) +
         "<td>" + escaped(line.seen);
  if (line.verdict == Verdict::fail) {
    out += "<br><b>Remedy:</b> " + escaped(line.remedy);
    if (!line.evidence.empty()) out += "<br><code>… " + escaped(line.evidence) + "</code>";
  }
  out += "</td>" + cell(took) + "</tr>\n";
}

void add_lines(const Report& report, std::string& out) {
  std::string check;
  for (const Line& line : report.lines()) {
    if (line.check != check) {
      if (!check.empty()) out += "</table>\n";
      check = line.check;
      out += "<h2>" + escaped(check) +
             "</h2><table><tr><th></th><th>what</th><th>expected</th><th>seen</th><th>took</th></"
             "tr>\n";
    }
    add_line(line, out);
  }
  if (!check.empty()) out += "</table>\n";
}

}  // namespace

std::string html(const Report& report,
                 const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string out = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                    escaped(report.title()) + "</title><style>" + kStyle +
                    "</style></head><body>\n";
  out += "<h1>" + escaped(report.title()) + "</h1>\n";
  add_verdict(report, out);
  add_facts(facts, out);
  out +=
      "<p><small>Secondary notification only: stay within hearing of the bedside devices. This "
      "report was made against a simulated device; repeat it with the device itself.</small></p>\n";
  add_checklist(report, out);
  if (!report.figures().empty()) {
    out += "<h2>Figures</h2>";
    add_facts(report.figures(), out);
  }
  if (!report.curves().empty()) {
    out +=
        "<h2>Curves</h2><p><small>Line: what the device showed. Green: what the driver said. Red, "
        "at the foot: no reading.</small></p>\n";
    for (const auto& [name, curve] : report.curves()) out += plot(curve);
  }
  add_lines(report, out);
  return out + "</body></html>\n";
}

}  // namespace lamplight::conformance
