// `lamplight whatif`: two sets of rules and limits over one recording. Files, the store and the
// terminal are here; every figure is made in rules/replay/whatif.
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/cli/programs.h"
#include "gateway/cli/progress.h"
#include "gateway/cli/stored_columns.h"
#include "gateway/config/config.h"
#include "gateway/store/reader.h"
#include "rules/replay/csv_recording.h"
#include "rules/replay/whatif/report.h"

namespace lamplight::cli {
namespace {

using replay::AtomCache;
using replay::Recording;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Which rules and plans: what was said, else what the configuration of the house names.
bool fill_in(const Where& where, WhatIf& what) {
  if (!where.config.empty()) {
    const auto text = read_text(where.config);
    if (!text) return false;
    const config::Outcome outcome = config::parse_config(*text, where.config);
    if (!outcome.config) return false;  // told by resolve()
    const auto& gateway = outcome.config->gateway;
    if (what.rules.empty()) {
      for (const auto& file : gateway.rules) what.rules.push_back(file.path.string());
    }
    const bool is_house = what.against.empty() && !what.against_nothing && gateway.plan;
    if (is_house) what.against = gateway.plan->path.string();
  }
  if (what.rules.empty()) {
    complain("whatif: say --rules FILE, or --config FILE of the house whose rules are meant");
    return false;
  }
  if (what.against_rules.empty()) what.against_rules = what.rules;
  const bool differs = what.plan != what.against || what.rules != what.against_rules;
  if (differs || !what.sweeps.empty()) return true;
  complain("whatif: nothing differs; say --plan FILE of the plan to try, or --sweep");
  return false;
}

// Where the samples come from, for both programs.
struct Samples {
  std::optional<StoredColumns> stored;
  std::string csv;
  std::string name;
  std::vector<std::string> notes;
  std::set<std::string> told;  // of the CSV
  replay::WallOffsets wall;
};

void note_gaps(store::Reader& reader, std::vector<std::string>& notes) {
  const auto gaps = reader.gaps();
  if (!gaps) return;
  std::map<std::string, size_t> by_why;
  for (const store::RecordGap& gap : *gaps) {
    if (gap.lane == Lane::vitals) ++by_why[gap.why];
  }
  if (by_why.empty()) return;
  std::string text = "the store says that samples are missing from it:";
  for (const auto& [why, count] : by_why) text += " " + why + " " + std::to_string(count);
  notes.push_back(text);
}

bool load_store(const Where& where, const WhatIf& what, const engine::Program& old_program,
                const engine::Program& new_program, Progress& progress, Samples& samples) {
  StoredColumns::Ask ask;
  const std::string since = what.since.empty() ? "30 d" : what.since;
  if (!instants_of(since, what.until, ask.since, ask.until)) return false;
  ask.wanted = signals_of(old_program);
  ask.wanted.merge(signals_of(new_program));
  samples.name = what.store.empty() ? where.state_dir : what.store;
  auto reader = store::Reader::open(samples.name);
  if (!reader) {
    complain(reader.error());
    return false;
  }
  ask.done = progress.of("reading " + samples.name);
  auto columns = StoredColumns::load(*reader, ask);
  if (!columns) {
    complain(columns.error());
    return false;
  }
  if (columns->is_empty()) {
    complain("no sample in this range; --since 30d reaches further back than --since 8h");
    return false;
  }
  samples.stored = std::move(*columns);
  samples.wall = samples.stored->wall();
  note_gaps(*reader, samples.notes);
  return true;
}

std::optional<Recording> record(const WhatIf& what, const engine::Program& program,
                                Samples& samples) {
  if (samples.stored) {
    auto recording = samples.stored->for_program(program, local_time);
    if (recording) return std::move(*recording);
    complain(recording.error());
    return std::nullopt;
  }
  std::optional<int64_t> wall;
  if (!what.wall.empty()) {
    const auto parsed = replay::parse_wall(what.wall);
    if (!parsed) complain("--wall: " + parsed.error());
    if (!parsed) return std::nullopt;
    wall = *parsed;
  }
  auto read = replay::record_csv(program, samples.csv, std::nullopt, [&](int64_t start) {
    std::optional<replay::ProfileClock> clock;
    if (wall) clock.emplace(program, local_time, start, *wall);
    if (wall) samples.wall = *wall - start;
    return clock;
  });
  for (const replay::CsvError& e : read.notes) {
    const std::string text = samples.name + ":" + std::to_string(e.line) + ":" +
                             std::to_string(e.column) + ": warning: " + e.what + "\n";
    // Old and new rules read the same file.
    if (samples.told.insert(text).second) std::fputs(text.c_str(), stderr);
  }
  for (const replay::CsvError& e : read.errors) {
    std::fprintf(stderr, "%s:%zu:%zu: %s\n", samples.name.c_str(), e.line, e.column,
                 e.what.c_str());
  }
  if (!read.errors.empty()) return std::nullopt;
  if (read.has_rows) return std::move(read.recording);
  complain(samples.name + ": no rows");
  return std::nullopt;
}

std::optional<replay::Evaluated> evaluated(const WhatIf& what, const engine::Program& program,
                                           const Recording& recording, AtomCache& cache,
                                           const std::function<void(double)>& done) {
  replay::Ask ask;
  ask.done = done;
  if (what.online) ask.by = replay::BackEnd::online;
  replay::Evaluated found = replay::evaluate(program, recording, cache, ask);
  if (!what.verify) return found;
  ask.by = replay::BackEnd::online;
  const replay::Evaluated again = replay::evaluate(program, recording, cache, ask);
  if (again.outcome.events == found.outcome.events) return found;
  complain(
      "whatif: columns and the online engine differ on this recording; please report it "
      "with the recording; --online tells what the engine that runs live would say");
  return std::nullopt;
}

bool write_page(const std::string& name, const std::string& page) {
  std::ofstream file(name, std::ios::binary);
  file << page;
  file.flush();
  if (file) return true;
  complain("cannot write " + name + ": " + std::generic_category().message(errno));
  return false;
}

void note_choice(const char* which, const replay::Choice& choice, std::vector<std::string>& notes) {
  if (choice.by == replay::BackEnd::online) {
    notes.push_back(std::string(which) + " ran by the online engine: " + choice.why);
  } else if (!choice.conditions.empty()) {
    notes.push_back(std::string(which) +
                    " ran by columns, and by the online engine: " + joined(choice.conditions));
  }
}

// Limits at their base values, and no nights, for as long as the clock was not set.
void note_clock(replay::Report& report) {
  const Recording& r = report.after.recording;
  const int64_t unset = report.calendar.wall.unset_ns(r.start, r.end + 1);
  if (unset == 0) return;
  report.notes.push_back(
      unset > r.end - r.start
          ? "the wall clock is not known here: limits at their base values, and "
            "nothing can be said of nights (a CSV: say --wall)"
          : "the wall clock was not set for " + replay::rounded(replay::hours_of(unset), 1) +
                " h of it: limits at their base values there, and nothing is said of those nights");
}

struct Both {
  const engine::Program& old_program;
  const engine::Program& new_program;
};

int compare_and_tell(const WhatIf& what, const Both& programs, Samples& samples,
                     const std::vector<replay::Axis>& axes, Progress& progress, bool json) {
  const auto before = record(what, programs.old_program, samples);
  if (!before) return kUnusable;
  const auto after = record(what, programs.new_program, samples);
  if (!after) return kUnusable;
  AtomCache old_cache;
  AtomCache cache;
  const auto old_found =
      evaluated(what, programs.old_program, *before, old_cache, progress.of("old rules"));
  const auto new_found =
      evaluated(what, programs.new_program, *after, cache, progress.of("new rules"));
  if (!old_found || !new_found) return kFindings;
  const auto old_episodes = replay::episodes_of(programs.old_program, *before, old_found->outcome);
  const auto new_episodes = replay::episodes_of(programs.new_program, *after, new_found->outcome);
  replay::Report report{.source = samples.name,
                        .calendar = {samples.wall, local_time},
                        .nights = {},
                        .before = {joined(what.against_rules), what.against, programs.old_program,
                                   *before, *old_found, old_episodes},
                        .after = {joined(what.rules), what.plan, programs.new_program, *after,
                                  *new_found, new_episodes},
                        .watched = replay::watched(programs.new_program, *after),
                        .comparison = {},
                        .notes = samples.notes};
  report.nights = replay::nights_of(report.calendar, after->start, after->end);
  report.before.summary = replay::summarise(old_episodes, report.nights);
  report.after.summary = replay::summarise(new_episodes, report.nights);
  const replay::Side old_side{programs.old_program, old_found->outcome, old_episodes};
  report.comparison =
      replay::compare(old_side, {programs.new_program, new_found->outcome, new_episodes});
  note_clock(report);
  if (auto note = replay::note_of_hands(programs.old_program, programs.new_program)) {
    report.notes.push_back(std::move(*note));
  }
  note_choice("old", old_found->choice, report.notes);
  note_choice("new", new_found->choice, report.notes);
  if (!axes.empty()) {
    auto swept = replay::sweep(
        {old_side, programs.new_program, *after, report.nights, axes, progress.of("sweep")}, cache);
    if (!swept) {
      complain("whatif: " + swept.error());
      return kUnusable;
    }
    report.sweep = std::move(*swept);
  }
  if (!what.html.empty() && !write_page(what.html, replay::report_html(report))) return kUnusable;
  print(json ? replay::report_json(report) : replay::report_text(report, {what.rows}));
  return kGood;
}

}  // namespace

int whatif(const Where& where, WhatIf what, bool json) {
  if (!fill_in(where, what)) return kUnusable;
  const auto old_program = program_of(what.against_rules, what.against);
  const auto new_program = program_of(what.rules, what.plan);
  if (!old_program || !new_program) return kUnusable;
  std::vector<replay::Axis> axes;
  for (const std::string& text : what.sweeps) {
    auto axis = replay::parse_axis(*new_program, text);
    if (!axis) {
      complain(axis.error());
      return kUnusable;
    }
    axes.push_back(std::move(*axis));
  }
  if (axes.size() > replay::kSweepAxesMax) {
    complain("whatif: at most two --sweep: one goes down the table, one across");
    return kUnusable;
  }
  Progress progress(what.progress);
  Samples samples;
  if (what.csv.empty()) {
    if (!load_store(where, what, *old_program, *new_program, progress, samples)) return kUnusable;
  } else {
    auto text = read_text(what.csv);
    if (!text) return kUnusable;
    samples.csv = std::move(*text);
    samples.name = what.csv;
  }
  return compare_and_tell(what, {*old_program, *new_program}, samples, axes, progress, json);
}

}  // namespace lamplight::cli
