// replay_bench: see README.md beside it. Figures are of this machine and this build.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "gateway/cli/stored_columns.h"
#include "rules/replay/csv_recording.h"
#include "rules/replay/whatif/sweep.h"
#include "tests/engine/bench/clock.h"
#include "tests/replay/bench/made.h"

namespace lamplight::bench {
namespace {

double seconds_since(int64_t start) { return static_cast<double>(now_ns() - start) * 1e-9; }

replay::Recording in_memory(const engine::Program& program, int days, bool jitter) {
  replay::Recording r;
  for (size_t i = 0; i < kSignals; ++i) {
    replay::ColumnBuilder builder;
    Life life(i, jitter);
    for (int64_t n = 0; n < int64_t{days} * 86'400; ++n) {
      const Sample s = life.next();
      builder.append(s.t, s.value, s.worth);
    }
    r.converted.push_back(std::make_unique<replay::Column>(builder.take()));
    const replay::Column& column = *r.converted.back();
    const engine::Signal& signal = program.signals[i];
    r.readings.push_back({&column, signal.min, signal.max, signal.stale.ns});
    r.start = i == 0 ? column.time(0) : std::min(r.start, column.time(0));
    r.end = std::max(r.end, column.time(column.size() - 1));
    r.samples += column.size();
  }
  r.profiles = {{r.start, 0}};
  return r;
}

uint64_t samples_read(const engine::Program& program, const replay::Recording& r) {
  uint64_t samples = 0;
  for (size_t a = 0; a < program.alarms.size(); ++a) {
    samples += r.readings[a % kSignals].column->size();
  }
  return samples;
}

// Best of five, each with an empty cache.
void measure(const char* what, size_t rules, const replay::Recording& r, replay::BackEnd by) {
  const engine::Program program = compiled(rules_text(rules));
  double best = 1e9;
  size_t events = 0;
  const int rounds = by == replay::BackEnd::columns ? 5 : 1;
  for (int i = 0; i < rounds; ++i) {
    replay::AtomCache cache;
    const int64_t start = now_ns();
    const auto found = replay::evaluate(program, r, cache, {.by = by, .alarms = {}, .done = {}});
    best = std::min(best, seconds_since(start));
    events = found.outcome.events.size();
  }
  const auto samples = static_cast<double>(samples_read(program, r));
  std::printf("%-34s %2zu rules: %8.4f s, %.3g samples·rules/s, %.4f ns each, %zu events\n", what,
              rules, best, samples / best, best * 1e9 / samples, events);
}

void measure_sweep(const replay::Recording& r) {
  const engine::Program program = compiled(rules_text(10));
  const std::vector<replay::Axis> axes = {*replay::parse_axis(program, "low0=84..93.5/0.5"),
                                          *replay::parse_axis(program, "wait0=0s..30s/5s")};
  const int64_t start = now_ns();
  replay::AtomCache cache;
  const auto before = replay::evaluate(program, r, cache);
  const auto episodes = replay::episodes_of(program, r, before.outcome);
  const std::vector<replay::Night> nights = replay::nights_of(
      {.wall = 1'767'268'800'000'000'000, .civil = replay::utc_time}, r.start, r.end);
  const double base = seconds_since(start);
  const int64_t swept = now_ns();
  const auto done =
      replay::sweep({{program, before.outcome, episodes}, program, r, nights, axes, {}}, cache);
  std::printf("sweep %zu × %zu: %.3f s (the old rules before it: %.3f s), %zu cells\n",
              axes[0].values.size(), axes[1].values.size(), seconds_since(swept), base,
              done->cells.size());
}

int memory(int days) {
  const engine::Program program = compiled(rules_text(10));
  for (const bool jitter : {false, true}) {
    const replay::Recording r = in_memory(program, days, jitter);
    std::printf("%d days × %zu signals, %llu samples, %s times\n", days, kSignals,
                static_cast<unsigned long long>(r.samples), jitter ? "jittered" : "regular");
    measure("columns in memory", 1, r, replay::BackEnd::columns);
    measure("columns in memory", 10, r, replay::BackEnd::columns);
    measure("columns in memory", 50, r, replay::BackEnd::columns);
    measure_sweep(r);
    if (!jitter) measure("the online engine, for comparison", 10, r, replay::BackEnd::online);
  }
  return 0;
}

int from_store(const char* dir) {
  const engine::Program program = compiled(rules_text(10));
  auto reader = store::Reader::open(dir);
  if (!reader) {
    std::fprintf(stderr, "%s\n", reader.error().c_str());
    return 2;
  }
  const int64_t start = now_ns();
  const auto columns = cli::StoredColumns::load(
      *reader, {.since = {}, .until = {}, .wanted = cli::signals_of(program), .done = {}});
  const auto recording = columns->for_program(program, replay::utc_time);
  const double reading = seconds_since(start);
  replay::AtomCache cache;
  const auto found = replay::evaluate(program, *recording, cache);
  const double all = seconds_since(start);
  const auto samples = static_cast<double>(samples_read(program, *recording));
  std::printf(
      "from the store, 10 rules: reading %.3f s, %.1f ns a sample; in all %.3f s, %.3g "
      "samples·rules/s, %zu events\n",
      reading, reading * 1e9 / samples, all, samples / all, found.outcome.events.size());
  measure("columns of the store", 10, *recording, replay::BackEnd::columns);
  measure_sweep(*recording);
  return 0;
}

int run(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "memory") == 0) return memory(std::atoi(argv[2]));
  if (argc == 3 && std::strcmp(argv[1], "store") == 0) return from_store(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], "make") == 0) {
    return make_store(argv[2], std::atoi(argv[3])) ? 0 : 2;
  }
  if (argc == 2 && std::strcmp(argv[1], "rules") == 0) {
    return std::fputs(rules_text(10).c_str(), stdout) < 0 ? 2 : 0;
  }
  std::fprintf(stderr, "usage: replay_bench memory DAYS | make DIR DAYS | store DIR | rules\n");
  return 2;
}

}  // namespace
}  // namespace lamplight::bench

int main(int argc, char** argv) { return lamplight::bench::run(argc, argv); }
