#include "rules/language/test_runner.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "rules/engine/engine.h"
#include "rules/engine/profile.h"
#include "rules/language/check.h"
#include "rules/language/feed.h"

namespace lamplight::rules {
namespace {

// Engine time does not begin at 0, so that a mistaken 0 is seen.
constexpr MonoTime kZero{hours(1).ns};
constexpr int64_t kDaySeconds = 24 * 3600;

std::string id_of(const ast::AlarmRef& ref) {
  return ref.is_lost ? "lost." + ref.name.text : ref.name.text;
}

std::string at_text(Duration d) { return to_text(Ratio{d.ns, 1'000'000'000}) + " s"; }

class CaseRun {
 public:
  CaseRun(const ProgramSource& programs, const ast::Case& one, Reporter& reporter, CaseOutcome& out)
      : programs_(programs), case_(one), reporter_(reporter), out_(out) {
    sets_ = one.sets;
  }

  // False if the case could not be run; the reporter says why.
  bool run() {
    if (!compile_program()) return false;
    Feed feed(program_, case_, reporter_);
    if (reporter_.has_errors() || !names_are_known()) return false;
    end_ = feed.end() + case_.run_on;
    for (const ast::Act& act : case_.acts) acts_.push_back(&act);
    std::stable_sort(acts_.begin(), acts_.end(),
                     [](const ast::Act* a, const ast::Act* b) { return a->when < b->when; });
    if (case_.traces.empty() && !acts_.empty()) end_ = std::max(end_, acts_.back()->when);
    start();
    while (const auto at = next_instant(feed)) {
      if (!instant(*at, feed)) return false;
    }
    if (now_ < end_ && !back_at_) step(end_, {});  // nobody decides while it is down
    return true;
  }

 private:
  bool compile_program() {
    std::optional<engine::Program> program = programs_(sets_, reporter_);
    if (program) program_ = std::move(*program);
    return program.has_value();
  }

  bool names_are_known() {
    bool good = true;
    const auto check = [&](const ast::AlarmRef& ref) {
      if (ref.name.text.empty() || program_.find_alarm(id_of(ref))) return;
      good = false;
      reporter_.report(ref.name.at, "E12", in_quotes(id_of(ref)) + ": no such alarm",
                       "name an alarm of the rules");
    };
    for (const ast::Expect& e : case_.expects) check(e.alarm);
    for (const ast::Act& a : case_.acts) check(a.alarm);
    for (const ast::Act& a : case_.acts) {
      if (a.button.text.empty() || find_button(a.button.text) != engine::kNone) continue;
      good = false;
      reporter_.report(a.button.at, "E12", in_quotes(a.button.text) + ": no such button",
                       "name a button of the rules");
    }
    return good;
  }

  uint16_t find_button(std::string_view name) const {
    for (size_t i = 0; i < program_.buttons.size(); ++i) {
      if (program_.buttons[i].name == name) return static_cast<uint16_t>(i);
    }
    return engine::kNone;
  }

  // ---- the wall clock: plain civil arithmetic on a week that begins on a Monday

  std::optional<engine::LocalTime> local(Duration at) const {
    if (!case_.clock) return std::nullopt;
    const int64_t seconds_now =
        case_.clock->minutes * 60 + floor_divide((at + clock_shift_).ns, seconds(1).ns);
    const int64_t day = floor_divide(seconds_now, kDaySeconds);
    engine::LocalTime out;
    out.second_of_day = static_cast<int>(seconds_now - day * kDaySeconds);
    out.weekday = static_cast<int>(((day % 7) + 7) % 7);
    return out;
  }

  static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

  engine::ProfileSet profiles_at(Duration at) const {
    const auto time = local(at);
    return time ? engine::active_profiles(program_, *time) : 0;
  }

  // The next instant at which the profiles may change by the clock alone.
  std::optional<Duration> next_switch() const {
    const auto time = local(now_);
    if (!time || program_.profiles.empty()) return std::nullopt;
    const Duration into = now_ + clock_shift_;
    const Duration whole_second = seconds(floor_divide(into.ns, seconds(1).ns));
    return now_ + seconds(engine::seconds_to_switch(program_, *time)) - (into - whole_second);
  }

  // ---- the run

  void start() {
    engine::EngineConfig config;
    config.start = kZero;
    config.profiles = profiles_at(Duration{});
    config.time_is_set = case_.clock.has_value();
    engine_ = std::make_unique<engine::Engine>(program_, config);
  }

  std::optional<Duration> next_instant(const Feed& feed) const {
    std::optional<Duration> out = feed.next_at(end_);
    const auto take = [&](std::optional<Duration> at) {
      if (at && *at <= end_ && (!out || *at < *out)) out = at;
    };
    if (next_act_ < acts_.size()) take(acts_[next_act_]->when);
    if (back_at_) take(back_at_);
    take(next_switch());
    return out;
  }

  bool instant(Duration at, Feed& feed) {
    samples_.clear();
    feed.take(at, kZero, samples_);
    const bool is_back = back_at_ && *back_at_ <= at;
    const bool is_away = back_at_ && !is_back;
    if (is_back) come_back();
    if (is_away) samples_.clear();
    engine::Input input;
    input.samples = samples_;
    input.gap = is_back ? engine::Gap::known : engine::Gap::none;
    if (!is_away) catch_up(at, input);
    std::vector<engine::Command> commands;
    std::optional<Duration> away;
    for (; next_act_ < acts_.size() && acts_[next_act_]->when <= at; ++next_act_) {
      const ast::Act& act = *acts_[next_act_];
      if (is_away) {
        out_.failures.push_back("  at " + at_text(act.when) + ": nothing can be done, it is down");
        continue;
      }
      if (!perform(act, commands)) return false;
      if (act.kind == ast::Act::Kind::restart) away = act.duration;
    }
    input.commands = commands;
    now_ = at;
    if (is_away) return true;
    const engine::ProfileSet wanted = profiles_at(at);
    if (wanted != engine_->profiles()) input.profiles = wanted;
    step(at, input);
    if (away) leave(at + *away);
    return true;
  }

  // Who acts finds what fell due before: an act is never earlier than the deadlines it follows.
  void catch_up(Duration at, engine::Input& input) {
    if (next_act_ == acts_.size() || acts_[next_act_]->when > at) return;
    const Duration before = at - nanoseconds(1);
    if (engine_->now() >= kZero + before) return;
    engine::Input gap;
    gap.gap = std::exchange(input.gap, engine::Gap::none);
    step(before, gap);
  }

  bool perform(const ast::Act& act, std::vector<engine::Command>& commands) {
    switch (act.kind) {
      case ast::Act::Kind::acknowledge: {
        const auto view = engine_->view(*program_.find_alarm(id_of(act.alarm)));
        engine::Command command;
        command.occurrence = view.occurrence;
        command.actor = engine::make_actor("test", "caregiver", engine::Place::bedside);
        commands.push_back(command);
        if (view.occurrence == 0) {
          out_.failures.push_back("  at " + at_text(act.when) + " acknowledge " + id_of(act.alarm) +
                                  ": it was not open then");
          commands.pop_back();
        }
        return true;
      }
      case ast::Act::Kind::press:
      case ast::Act::Kind::release: {
        engine::Command command;
        command.kind = act.kind == ast::Act::Kind::press ? engine::CommandKind::press
                                                         : engine::CommandKind::release;
        command.button = find_button(act.button.text);
        command.actor = engine::make_actor("test", "caregiver", engine::Place::bedside);
        commands.push_back(command);
        return true;
      }
      case ast::Act::Kind::clock:
        clock_shift_ = clock_shift_ + act.duration;
        return true;
      case ast::Act::Kind::restart:
        return true;
      case ast::Act::Kind::set:
        break;
    }
    sets_.push_back(act.set);
    if (!compile_program()) return false;
    std::vector<std::byte> snapshot;
    engine_->snapshot(snapshot);
    return restore(snapshot);
  }

  // The process dies: what is durable is its state at this instant.
  void leave(Duration back) {
    snapshot_.clear();
    engine_->snapshot(snapshot_);
    back_at_ = back;
  }

  void come_back() {
    back_at_.reset();
    static_cast<void>(restore(snapshot_));
  }

  bool restore(const std::vector<std::byte>& snapshot) {
    const uint64_t next = engine_->next_occurrence();
    const engine::ProfileSet profiles = engine_->profiles();
    engine::EngineConfig config;
    config.start = kZero;
    config.first_occurrence = next;
    config.profiles = profiles;
    config.time_is_set = case_.clock.has_value();
    engine_ = std::make_unique<engine::Engine>(program_, config);
    const Status restored = engine_->restore(snapshot);
    if (restored) return true;
    reporter_.report(case_.at, "E0",
                     "the engine did not take its own snapshot: " + restored.error(),
                     "this is a fault of Lamplight, not of the test");
    return false;
  }

  void step(Duration at, const engine::Input& input) {
    effects_.clear();
    const MonoTime now = kZero + at;
    engine::StepStatus status = engine::StepStatus::again;
    while (status == engine::StepStatus::again) {
      effects_.clear();
      status = engine_->step(now, input, effects_);
      for (const engine::Event& e : effects_.events()) note(e);
    }
    now_ = at;
  }

  void note(const engine::Event& e) {
    if (e.kind == engine::EventKind::command_rejected) {
      out_.failures.push_back("  at " + at_text(e.t - kZero) +
                              ": refused: " + std::string(engine::name_of(e.why)));
    }
    if (!engine::is_condition_event(e.kind) || e.alarm == engine::kNone) return;
    const engine::Alarm& alarm = engine_->alarm(e.alarm);
    if (alarm.source == engine::AlarmSource::builtin) return;
    out_.seen.push_back({alarm.id, e.kind, e.priority, e.t - kZero});
  }

  const ProgramSource& programs_;
  const ast::Case& case_;
  Reporter& reporter_;
  CaseOutcome& out_;
  std::vector<ast::PlanSet> sets_;
  engine::Program program_;
  std::unique_ptr<engine::Engine> engine_;
  engine::EffectList effects_;
  std::vector<engine::InputSample> samples_;
  std::vector<const ast::Act*> acts_;
  size_t next_act_ = 0;
  std::vector<std::byte> snapshot_;
  std::optional<Duration> back_at_;
  Duration clock_shift_;
  Duration now_;
  Duration end_;
};

// ---- judging

std::string words_of(const std::vector<ast::ExpectedEvent>& events) {
  std::string out;
  for (const ast::ExpectedEvent& e : events) {
    out += out.empty() ? "" : ", ";
    if (e.never) out += "never ";
    out += engine::name_of(e.kind);
    if (e.priority) out += " " + std::string(name_of(*e.priority));
    if (e.when) out += " at " + at_text(*e.when);
  }
  return out;
}

std::string words_of(const std::vector<SeenEvent>& events, bool with_priority) {
  std::string out;
  for (const SeenEvent& e : events) {
    out += out.empty() ? "" : ", ";
    out += engine::name_of(e.kind);
    if (with_priority) out += " " + std::string(name_of(e.priority));
    out += " at " + at_text(e.at);
  }
  return out.empty() ? "nothing" : out;
}

std::string timeline(const std::vector<SeenEvent>& all) {
  std::string out = "  timeline:\n";
  if (all.empty()) out += "    (no events)\n";
  for (const SeenEvent& e : all) {
    std::string when = at_text(e.at);
    if (when.size() < 12) when.insert(0, 12 - when.size(), ' ');
    out += "  " + when + "  " + e.alarm + " " + std::string(engine::name_of(e.kind)) + " (" +
           std::string(name_of(e.priority)) + ")\n";
  }
  return out;
}

void judge(const ast::Expect& expect, CaseOutcome& out) {
  const auto missed = [&](const std::string& wanted, const std::string& seen) {
    out.failures.push_back("  expected  " + wanted + "\n  seen      " + seen);
  };
  if (expect.nothing) {
    std::string raised;
    for (const SeenEvent& e : out.seen) {
      if (e.kind != engine::EventKind::raised) continue;
      raised += (raised.empty() ? "" : ", ") + e.alarm + " raised at " + at_text(e.at);
    }
    if (!raised.empty()) missed("nothing", raised);
    return;
  }
  const std::string id = id_of(expect.alarm);
  std::vector<SeenEvent> seen;
  for (const SeenEvent& e : out.seen) {
    const bool named =
        expect.count ? e.kind == engine::EventKind::raised
                     : std::any_of(expect.events.begin(), expect.events.end(),
                                   [&](const ast::ExpectedEvent& x) { return x.kind == e.kind; });
    if (e.alarm == id && named) seen.push_back(e);
  }
  if (expect.count) {
    if (static_cast<int64_t>(seen.size()) == *expect.count) return;
    return missed(id + " raised " + std::to_string(*expect.count) + " times",
                  std::to_string(seen.size()) + " times: " + words_of(seen, false));
  }
  size_t next = 0;
  bool good = true;
  for (const ast::ExpectedEvent& e : expect.events) {
    if (e.never) continue;
    good = good && next < seen.size() && seen[next].kind == e.kind &&
           (!e.when || seen[next].at == *e.when) &&
           (!e.priority || seen[next].priority == *e.priority);
    ++next;
  }
  if (good && next == seen.size()) return;
  const bool with_priority =
      std::any_of(expect.events.begin(), expect.events.end(),
                  [](const ast::ExpectedEvent& e) { return e.priority.has_value(); });
  missed(id + " " + words_of(expect.events), id + " " + words_of(seen, with_priority));
}

}  // namespace

bool run_case(const ProgramSource& programs, const ast::Case& one, Reporter& reporter,
              CaseOutcome& out) {
  out.name = one.name;
  if (!CaseRun(programs, one, reporter, out).run()) return false;
  for (const ast::Expect& expect : one.expects) judge(expect, out);
  out.passed = out.failures.empty();
  return true;
}

ProgramSource programs_of(std::span<const SourceText> rules, const SourceText& tests) {
  return [rules, &tests](const std::vector<ast::PlanSet>& sets,
                         Reporter& reporter) -> std::optional<engine::Program> {
    CompileOptions options;
    options.catalogue = false;
    options.sets = sets;
    options.set_source = &tests;
    CompileResult result = compile(rules, nullptr, options);
    if (result.compiled) return std::move(result.compiled->program);
    for (Diagnostic& d : result.diagnostics) {
      if (d.gravity == Gravity::error) reporter.take_over({std::move(d)});
    }
    return std::nullopt;
  };
}

TestOutcome run_tests(std::span<const SourceText> rules, const SourceText& tests) {
  TestOutcome out;
  ParsedTests parsed = parse_tests(tests);
  CompileOptions options;
  options.catalogue = false;
  CompileResult compiled = compile(rules, nullptr, options);
  out.diagnostics = std::move(compiled.diagnostics);
  for (Diagnostic& d : parsed.diagnostics) out.diagnostics.push_back(std::move(d));
  if (compiled.compiled && compiled.compiled->file.title != parsed.file.title) {
    out.diagnostics.push_back(diagnose(tests.name, tests.text, parsed.file.title_at, "E12",
                                       "these tests are for \"" + parsed.file.title +
                                           "\", and the rules are \"" +
                                           compiled.compiled->file.title + "\"",
                                       "name the rules that these tests test"));
  }
  if (has_errors(out.diagnostics)) return out;
  const ProgramSource programs = programs_of(rules, tests);
  for (const ast::Case& one : parsed.file.cases) {
    Reporter reporter({&tests});
    CaseOutcome outcome;
    if (!run_case(programs, one, reporter, outcome)) {
      for (Diagnostic& d : reporter.finish()) out.diagnostics.push_back(std::move(d));
    } else if (!outcome.passed) {
      outcome.failures.push_back(timeline(outcome.seen));
    }
    out.cases.push_back(std::move(outcome));
  }
  return out;
}

}  // namespace lamplight::rules
