// Replay, of a CSV file or of a store. It needs no lamplightd.
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/cli/export_csv.h"
#include "gateway/clock.h"
#include "gateway/store/label.h"
#include "gateway/store/reader.h"
#include "rules/language/compile.h"
#include "rules/replay/csv.h"
#include "rules/replay/replay.h"

namespace lamplight::cli {
namespace {

engine::LocalTime local_time(int64_t unix_seconds) {
  const CivilTime civil = civil_time({unix_seconds * 1'000'000'000, ClockState::synchronised});
  return {civil.weekday, civil.second_of_day};
}

std::optional<engine::Program> program_of(const Replay& what) {
  std::vector<rules::SourceText> texts;
  for (const std::string& name : what.rules) {
    auto text = source_of(name);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  std::optional<rules::SourceText> plan;
  if (!what.plan.empty()) {
    plan = source_of(what.plan);
    if (!plan) return std::nullopt;
  }
  rules::CompileOptions options;
  options.catalogue = false;  // a CSV file binds no device
  auto result = rules::compile(texts, plan ? &*plan : nullptr, options);
  for (const auto& d : result.diagnostics) {
    if (d.gravity == rules::Gravity::error) std::fputs(rules::render(d).c_str(), stderr);
  }
  if (!result.compiled) return std::nullopt;
  return std::move(result.compiled->program);
}

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

// Adds "wall" to each event line: the label of its t.
std::string with_wall(const std::string& lines, const Exported& from) {
  if (!from.first_wall) return lines;
  std::string out;
  size_t at = 0;
  while (at < lines.size()) {
    const size_t end = lines.find('\n', at);
    std::string line = lines.substr(at, end - at);
    at = end == std::string::npos ? lines.size() : end + 1;
    constexpr std::string_view kHead = "{\"t\":";
    const size_t comma = line.find(',');
    const auto t = comma == std::string::npos || !line.starts_with(kHead)
                       ? Result<int64_t>(failure("no t"))
                       : replay::parse_seconds(
                             std::string_view(line).substr(kHead.size(), comma - kHead.size()));
    if (t && line.ends_with('}')) {
      const int64_t wall = *from.first_wall + (*t - from.first_t);
      line.pop_back();
      line += ",\"wall\":\"" + store::label_of({wall, ClockState::synchronised}) + "\"}";
    }
    out += line + "\n";
  }
  return out;
}

int replay_store(const Replay& what, const engine::Program& program) {
  std::optional<int64_t> since, until;
  if (!what.since.empty() && !(since = instant_of(what.since))) return kUnusable;
  if (!what.until.empty() && !(until = instant_of(what.until))) return kUnusable;
  auto reader = store::Reader::open(what.store);
  if (!reader) {
    complain(reader.error());
    return kUnusable;
  }
  std::string csv;
  const auto done = export_csv(*reader, since, until, [&](std::string_view text) { csv += text; });
  if (!done) {
    complain(done.error());
    return kUnusable;
  }
  if (done->rows == 0) {
    complain("no sample in this range");
    return kUnusable;
  }
  replay::CsvReplay request;
  request.csv = csv;
  request.csv_name = what.store;
  request.civil = local_time;
  if (done->first_wall) {
    request.wall = store::label_of({*done->first_wall, ClockState::synchronised});
  }
  replay::ReplayResult result = replay::replay_csv(program, request);
  std::fputs(result.err.c_str(), stderr);
  if (result.exit_code != kGood) return result.exit_code;
  return write_out(what.out, with_wall(result.out, *done)) ? kGood : kUnusable;
}

}  // namespace

int replay(const Where&, const Replay& what) {
  const auto program = program_of(what);
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
