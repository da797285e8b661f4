// A whole what-if in one place, and its three writers: a table for a terminal, JSON for programs,
// one self-contained HTML page for a meeting. Numbers are rounded only here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/replay/whatif/compare.h"
#include "rules/replay/whatif/summary.h"
#include "rules/replay/whatif/sweep.h"

namespace lamplight::replay {

struct ReportSide {
  std::string rules;  // file names
  std::string plan;   // file name; empty: the limits' own values
  const engine::Program& program;
  const Recording& recording;
  const Evaluated& evaluated;
  const std::vector<Episode>& episodes;
  Summary summary{};
};

struct Report {
  std::string source;  // the store or file the samples come from
  Calendar calendar;
  std::vector<Night> nights;
  ReportSide before;
  ReportSide after;
  std::vector<Watched> watched;  // of the signals the new rules read
  Comparison comparison;
  std::optional<Sweep> sweep{};
  std::vector<std::string> notes{};  // what a reader must know: gaps, a clock that was not set
};

struct TextOptions {
  size_t rows = 20;  // of each list
};
std::string report_text(const Report& report, const TextOptions& options);
std::string report_json(const Report& report);
std::string report_html(const Report& report);

// What a reader of either program's figures must know: nobody presses or acknowledges here. None
// if neither has a button or an alarm that latches.
std::optional<std::string> note_of_hands(const engine::Program& before,
                                         const engine::Program& after);

// ---- for the writers
double hours_of(int64_t ns);
// "12.5": so many digits after the point, of a figure.
std::string rounded(double value, int digits);
// "12.5 s", "3 min 20 s", "2 h 05 min".
std::string time_text(int64_t ns);
// The figures of both sides, one a row: what it is, old, new.
struct FigureRow {
  std::string key;  // of JSON
  std::string words;
  double before = 0;
  double after = 0;
  int digits = 0;
};
std::vector<FigureRow> figure_rows(const Report& report);

}  // namespace lamplight::replay
