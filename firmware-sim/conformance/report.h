// What was found: a line for each thing checked, a row for each capability, figures and curves. A
// line that failed says what was expected, what was seen and what to do. Written as JUnit XML and
// as one HTML page (junit.h, html.h); lines are printed as they come.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/sample.h"
#include "rules/model/time.h"

namespace lamplight::conformance {

enum class Verdict : uint8_t { pass, fail, not_applicable };
std::string_view name_of(Verdict verdict);

struct Line {
  std::string check;  // the group: "values"
  std::string name;   // "oximeter.pulse = 200 bpm"
  Verdict verdict = Verdict::pass;
  std::string expected;
  std::string seen;
  std::string remedy = {};    // when it failed
  std::string evidence = {};  // the newest bytes, when it failed
  Duration took = {};
};

// What became of one signal of the role: the checklist is made of these.
struct Capability {
  bool is_listed = false;  // by the driver's `describe`
  bool is_shown = false;   // by the device
  int passed = 0;
  int failed = 0;
};

// A curve; a point without a value is a reading that was missing.
struct Curve {
  struct Point {
    double seconds = 0;
    double value = 0;
    bool is_missing = false;
  };
  std::string name;
  std::string unit;
  std::vector<Point> driver;
  std::vector<Point> device;
};

class Report {
 public:
  static constexpr size_t kPointsMax = 20'000;  // of a curve

  Report(std::string title, bool is_quiet) : title_(std::move(title)), is_quiet_(is_quiet) {}

  void add(Line line);
  // Counts the outcome for the signal as well.
  void add(SignalId signal, Line line);
  void progress(const std::string& text) const;
  void figure(std::string name, std::string value) {
    figures_.emplace_back(std::move(name), std::move(value));
  }
  Capability& capability(SignalId signal) { return capabilities_[signal]; }
  Curve& curve(const std::string& name) { return curves_[name]; }

  const std::string& title() const { return title_; }
  const std::vector<Line>& lines() const { return lines_; }
  const std::map<SignalId, Capability>& capabilities() const { return capabilities_; }
  const std::vector<std::pair<std::string, std::string>>& figures() const { return figures_; }
  const std::map<std::string, Curve>& curves() const { return curves_; }
  int count(Verdict verdict) const;
  // Something was checked, and nothing failed.
  bool is_good() const { return count(Verdict::fail) == 0 && count(Verdict::pass) > 0; }

 private:
  std::string title_;
  bool is_quiet_;
  std::vector<Line> lines_;
  std::map<SignalId, Capability> capabilities_;
  std::vector<std::pair<std::string, std::string>> figures_;
  std::map<std::string, Curve> curves_;
};

// Text for XML and HTML: markup and control characters out.
std::string escaped(std::string_view text);
// The file whole, or why not and what to do.
[[nodiscard]] Status write_file(const std::string& path, const std::string& text);

}  // namespace lamplight::conformance
