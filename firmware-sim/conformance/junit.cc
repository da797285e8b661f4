#include "firmware-sim/conformance/junit.h"

#include <algorithm>
#include <cstdio>

namespace lamplight::conformance {
namespace {

std::string seconds_text(Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(d.ns) / 1e9);
  return text;
}

std::string attribute(const char* name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escaped(value) + "\"";
}

void add_case(const Line& line, std::string& out) {
  out += "    <testcase" + attribute("classname", line.check) + attribute("name", line.name) +
         attribute("time", seconds_text(line.took));
  switch (line.verdict) {
    case Verdict::pass:
      out += "/>\n";
      return;
    case Verdict::not_applicable:
      out += ">\n      <skipped" + attribute("message", line.seen) + "/>\n    </testcase>\n";
      return;
    case Verdict::fail:
      break;
  }
  out += ">\n      <failure" + attribute("message", "expected " + line.expected) +
         ">seen: " + escaped(line.seen) + "\nremedy: " + escaped(line.remedy);
  if (!line.evidence.empty()) out += "\nbytes: " + escaped(line.evidence);
  out += "</failure>\n    </testcase>\n";
}

}  // namespace

std::string junit(const Report& report) {
  std::vector<std::string> checks;
  for (const Line& line : report.lines()) {
    if (std::ranges::find(checks, line.check) == checks.end()) checks.push_back(line.check);
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
                    attribute("name", report.title()) + ">\n";
  for (const std::string& check : checks) {
    std::string cases;
    int tests = 0, failed = 0, skipped = 0;
    Duration took;
    for (const Line& line : report.lines()) {
      if (line.check != check) continue;
      ++tests;
      failed += line.verdict == Verdict::fail ? 1 : 0;
      skipped += line.verdict == Verdict::not_applicable ? 1 : 0;
      took = took + line.took;
      add_case(line, cases);
    }
    out += "  <testsuite" + attribute("name", check) + attribute("tests", std::to_string(tests)) +
           attribute("failures", std::to_string(failed)) +
           attribute("skipped", std::to_string(skipped)) + attribute("time", seconds_text(took)) +
           ">\n" + cases + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace lamplight::conformance
