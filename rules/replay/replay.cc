// The run: row by row, a step where the profile set changes, and the clock on to the end.
#include "rules/replay/replay.h"

#include <algorithm>

#include "rules/engine/engine.h"
#include "rules/replay/csv.h"
#include "rules/replay/drive.h"
#include "rules/replay/event_line.h"

namespace lamplight::replay {
namespace {

constexpr size_t kErrorsShown = 20;
constexpr int64_t kHorizonNs = hours(24).ns;

void append_lines(const engine::Engine& engine, const engine::EffectList& effects,
                  const WallLabel& wall, std::string& out) {
  for (const engine::Event& event : effects.events()) {
    const bool printed =
        engine::is_condition_event(event.kind) && event.alarm < engine.program_alarm_count();
    if (!printed) continue;
    append_event_line(engine.program(), effects, event, out, wall);
    out += '\n';
  }
}

class Runner {
 public:
  Runner(const engine::Program& program, int64_t start, std::optional<ProfileClock> clock,
         std::string& out)
      : clock_(std::move(clock)), engine_(program, config(start)), out_(out), switch_at_(start) {}

  // To `t` with these samples; `t` rises. Profile switches on the way are steps of their own.
  void run_to(int64_t t, std::span<const engine::InputSample> samples) {
    while (clock_ && switch_at_ < t) {
      if (clock_->active_at(switch_at_) != engine_.profiles()) step(switch_at_, {});
      switch_at_ = clock_->next_switch(switch_at_, switch_at_ + kHorizonNs);
    }
    step(t, samples);
  }
  int64_t now() const { return engine_.now().ns; }

 private:
  engine::EngineConfig config(int64_t start) const {
    return {.start = {start},
            .devices = {},
            .first_occurrence = 1,
            .profiles = clock_ ? clock_->active_at(start) : 0,
            .time_is_set = true};
  }
  void step(int64_t t, std::span<const engine::InputSample> samples) {
    engine::Input input{.samples = samples};
    if (clock_ && t >= switch_at_) input.profiles = clock_->active_at(t);
    for (;;) {
      const auto status = engine_.step({t}, input, effects_);
      append_lines(engine_, effects_, {}, out_);
      effects_.clear();
      if (status == engine::StepStatus::done) break;
    }
  }

  std::optional<ProfileClock> clock_;
  engine::Engine engine_;
  engine::EffectList effects_;
  std::string& out_;
  int64_t switch_at_;  // a switch, or the end of the stretch known to have none
};

ReplayResult refuse(std::string why) { return {2, {}, "replay: " + std::move(why) + "\n"}; }

std::string messages(const std::string& name, const std::vector<CsvError>& errors,
                     const std::string& gravity = {}) {
  std::string text;
  for (size_t i = 0; i < std::min(errors.size(), kErrorsShown); ++i) {
    const CsvError& e = errors[i];
    text += name + ":" + std::to_string(e.line) + ":" + std::to_string(e.column) + ": " + gravity +
            e.what + "\n";
  }
  if (errors.size() > kErrorsShown) text += "and more\n";
  return text;
}

struct Times {
  std::optional<int64_t> until;
  std::optional<int64_t> wall;
};

Result<Times> parse_times(const CsvReplay& request) {
  Times times;
  if (request.until) {
    const auto until = parse_seconds(*request.until);
    if (!until) return failure("--until: " + until.error());
    times.until = *until;
  }
  if (request.wall) {
    const auto wall = parse_wall(*request.wall);
    if (!wall) return failure("--wall: " + wall.error());
    times.wall = *wall;
  }
  return times;
}

}  // namespace

ReplayResult replay_csv(const engine::Program& program, const CsvReplay& request) {
  const auto times = parse_times(request);
  if (!times) return refuse(times.error());
  ReplayResult result;
  CsvReader reader(program, request.csv);
  const bool header = reader.read_header();
  result.err = messages(request.csv_name, reader.notes(), "warning: ");
  std::optional<Runner> runner;
  const auto start = [&](int64_t t) {
    std::optional<ProfileClock> clock;
    if (times->wall) clock.emplace(program, request.civil, t, *times->wall);
    runner.emplace(program, t, std::move(clock), result.out);
  };
  while (header && !reader.at_end() && reader.errors().size() <= kErrorsShown) {
    if (!reader.read_row() || !reader.errors().empty()) continue;
    if (!runner) start(reader.t());
    runner->run_to(reader.t(), reader.samples());
  }
  if (!reader.errors().empty()) return {2, {}, messages(request.csv_name, reader.errors())};
  if (!runner && times->until && *times->until > 0) start(0);  // no rows: time alone passes
  if (!runner) return {0, {}, result.err + request.csv_name + ": no rows, nothing to replay\n"};
  if (times->until && *times->until > runner->now()) runner->run_to(*times->until, {});
  return result;
}

std::string replay_recording(const engine::Program& program, const Recording& recording,
                             const WallLabel& wall) {
  std::string out;
  drive(program, recording, {},
        [&](const engine::Engine& engine, const engine::EffectList& effects, int64_t) {
          append_lines(engine, effects, wall, out);
        });
  return out;
}

}  // namespace lamplight::replay
