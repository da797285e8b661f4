// Replay, of a CSV file or of a store. It needs no lamplightd.
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/cli/programs.h"
#include "gateway/cli/stored_columns.h"
#include "gateway/store/label.h"
#include "gateway/store/reader.h"
#include "rules/replay/replay.h"

namespace lamplight::cli {
namespace {

bool write_out(const std::string& name, const std::string& text) {
  if (name == "-") {
    print(text);
    return true;
  }
  std::ofstream file(name, std::ios::binary);
  file << text;
  file.flush();
  if (file) return true;
  complain("cannot write " + name + ": " + std::generic_category().message(errno));
  return false;
}

int replay_store(const Replay& what, const engine::Program& program) {
  StoredColumns::Ask ask;
  if (!instants_of(what.since, what.until, ask.since, ask.until)) return kUnusable;
  ask.wanted = signals_of(program);
  auto reader = store::Reader::open(what.store);
  if (!reader) {
    complain(reader.error());
    return kUnusable;
  }
  const auto columns = StoredColumns::load(*reader, ask);
  if (!columns) {
    complain(columns.error());
    return kUnusable;
  }
  if (columns->is_empty()) {
    complain("no sample in this range");
    return kUnusable;
  }
  const auto recording = columns->for_program(program, local_time);
  if (!recording) {
    complain(recording.error());
    return kUnusable;
  }
  const std::string lines = replay::replay_recording(program, *recording, [&](int64_t t) {
    const auto wall_minus_t = columns->wall().at(t);
    if (!wall_minus_t) return std::string();
    return store::label_of({t + *wall_minus_t, ClockState::synchronised});
  });
  return write_out(what.out, lines) ? kGood : kUnusable;
}

// The same rules and samples beside older rules: whatif in other words.
int replay_against(const Where& where, const Replay& what) {
  if (!what.csv.empty() && !what.until.empty()) {
    complain("--against ends a CSV at its last row: leave --until out");
    return kUnusable;
  }
  WhatIf report;
  report.rules = what.rules;
  report.plan = what.plan;
  report.against_rules = {what.against.front()};
  report.against_nothing = what.against.size() == 1;
  if (!report.against_nothing) report.against = what.against.back();
  report.csv = what.csv;
  report.store = what.store;
  report.since = what.since;
  report.wall = what.wall;
  if (what.csv.empty()) report.until = what.until;
  return whatif(where, std::move(report), what.json);
}

}  // namespace

int replay(const Where& where, const Replay& what) {
  if (!what.against.empty()) return replay_against(where, what);
  const auto program = program_of(what.rules, what.plan);
  if (!program) return kUnusable;
  if (!what.store.empty()) return replay_store(what, *program);
  const auto csv = read_text(what.csv);
  if (!csv) return kUnusable;
  replay::CsvReplay request;
  request.csv = *csv;
  request.csv_name = what.csv;
  request.civil = local_time;
  if (!what.until.empty()) request.until = what.until;
  if (!what.wall.empty()) request.wall = what.wall;
  const replay::ReplayResult result = replay::replay_csv(*program, request);
  std::fputs(result.err.c_str(), stderr);
  if (result.exit_code != kGood) return result.exit_code;
  return write_out(what.out, result.out) ? kGood : kUnusable;
}

}  // namespace lamplight::cli
