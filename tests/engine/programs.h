// Programs for the engine's tests, built without the language, and a run that collects events.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rules/engine/builder.h"
#include "rules/engine/engine.h"
#include "rules/model/json_writer.h"

namespace lamplight::engine {

inline constexpr int64_t kSecond = 1'000'000'000;

inline Signal percent_signal(const std::string& name = "spo2", Duration stale = seconds(5)) {
  Signal s;
  s.name = name;
  s.path = "oximeter." + name;
  s.role = Role::oximeter;
  s.unit = "percent";
  s.step = {1, 1};
  s.max = 300;
  s.every = seconds(1);
  s.stale = stale;
  return s;
}

inline Span span(Duration d) { return {.literal = d, .limit = kNone}; }

// x < k (and the reverse) with the words evidence prints.
inline OpIndex below(ProgramBuilder& b, SignalIndex x, int64_t k) {
  Linear sum{{{x, 1}}, {}, -k};
  const auto text = b.add_literal("x < " + std::to_string(k) + " percent");
  return b.compare(sum, {.text = text, .step = {1, 1}, .unit = "percent"});
}
inline OpIndex at_least(ProgramBuilder& b, SignalIndex x, int64_t k) {  // k - 1 < x
  Linear sum{{{x, -1}}, {}, k - 1};
  const auto text = b.add_literal("x >= " + std::to_string(k) + " percent");
  return b.compare(sum, {.text = text, .step = {-1, 1}, .unit = "percent"});
}

inline Alarm alarm_of(const std::string& id, Rank rank, OpIndex when, OpIndex clear = kNone) {
  Alarm a;
  a.id = id;
  a.rank = rank;
  a.when = when;
  a.clear = clear;
  return a;
}
inline constexpr Rank kHigh{Severity::irreversible, Onset::immediate};
inline constexpr Rank kMedium{Severity::reversible, Onset::prompt};
inline constexpr Rank kLow{Severity::reversible, Onset::delayed};
inline constexpr Rank kInfo{Severity::minor, Onset::delayed};

// The torture rules of the language, section 9.
inline Program torture_program() {
  ProgramBuilder b;
  b.name = "torture";
  Signal s = percent_signal();
  s.max = 100;
  const auto x = b.add_signal(s);
  b.add_profile({"night", 21 * 60, 7 * 60, 0x7F});
  Limit limit;
  limit.name = "spo2_low";
  limit.unit = "percent";
  limit.step = {1, 1};
  limit.base = 90;
  limit.allowed_min = 80;
  limit.allowed_max = 95;
  limit.at = {88};
  const auto l = b.add_limit(limit);
  const auto bound_text = [&](const char* start, int64_t add) {
    Text t;
    t.pieces.push_back({Piece::Kind::literal, start, {}});
    t.pieces.push_back(
        {Piece::Kind::quantity, "spo2_low", {{{}, {{l, 1}}, add}, {1, 1}, 0, "percent"}});
    return b.add_text(t);
  };
  const auto low = b.compare({{{x, 1}}, {{l, -1}}, 0},
                             {.text = bound_text("spo2 < ", 0), .step = {1, 1}, .unit = "percent"});
  const auto back =
      b.compare({{{x, -1}}, {{l, 1}}, 1},
                {.text = bound_text("spo2 >= ", 2), .step = {-1, 1}, .unit = "percent"});
  Alarm a = alarm_of("low", kHigh, b.hold_for(low, span(seconds(10))),
                     b.hold_for(back, span(seconds(5))));
  a.never_inhibited = true;
  b.add_alarm(a);
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(20)), lost);
  return *b.build();
}

// A run that keeps every event of the program's alarms as "seconds alarm event".
class Scenario {
 public:
  // With many runs, hand in one effect list for all: its storage is large.
  explicit Scenario(const Program& program, EngineConfig config = {}, EffectList* shared = nullptr)
      : engine_(program, config),
        own_(shared == nullptr ? std::make_unique<EffectList>() : nullptr),
        effects_(shared == nullptr ? *own_ : *shared) {}

  void step(int64_t ns, Input input = {}) {
    effects_.clear();
    require_done(engine_.step({ns}, input, effects_));
    take();
  }
  void sample(int64_t ns, int32_t value, SignalIndex signal = 0) {
    const InputSample s{{ns}, value, signal, Quality::ok, Reason::none};
    step(ns, {.samples = {&s, 1}});
  }
  void missing(int64_t ns, Reason reason, SignalIndex signal = 0) {
    const InputSample s{{ns}, 0, signal, Quality::missing, reason};
    step(ns, {.samples = {&s, 1}});
  }
  // Whole seconds a..b.
  void samples(int64_t a, int64_t b, int32_t value, SignalIndex signal = 0) {
    for (int64_t s = a; s <= b; ++s) sample(s * kSecond, value, signal);
  }
  void acknowledge(int64_t ns, uint64_t occurrence, Place place = Place::bedside) {
    const Command c{CommandKind::acknowledge, occurrence, kNone, make_actor("ana", "nurse", place),
                    7};
    step(ns, {.commands = {&c, 1}});
  }
  // Another act of a person on an occurrence; the last word why it was refused, if it was.
  RejectWhy act(int64_t ns, CommandKind kind, uint64_t occurrence, Duration length = {},
                Place place = Place::bedside) {
    const Command c{kind, occurrence, kNone, make_actor("ana", "nurse", place), 7, length};
    step(ns, {.commands = {&c, 1}});
    return events_.empty() ? RejectWhy::none : events_.back().why;
  }
  RejectWhy press(int64_t ns, uint16_t button, bool release = false) {
    const auto kind = release ? CommandKind::release : CommandKind::press;
    const Command c{kind, 0, button, make_actor("ana", "nurse", Place::bedside), 7, {}};
    step(ns, {.commands = {&c, 1}});
    return events_.empty() ? RejectWhy::none : events_.back().why;
  }
  // Condition events of the program's alarms, and all events of all alarms.
  std::vector<std::string> story() { return std::exchange(story_, {}); }
  std::vector<std::string> full_story() { return std::exchange(full_, {}); }
  std::vector<Event> events() { return std::exchange(events_, {}); }
  Engine& engine() { return engine_; }
  EffectList& effects() { return effects_; }

  static std::string at(MonoTime t) {
    std::string out;
    append_decimal(out, t.ns, 9);
    return out;
  }

 private:
  static void require_done(StepStatus status) {
    if (status != StepStatus::done) std::abort();
  }
  void take() {
    for (const Event& e : effects_.events()) {
      events_.push_back(e);
      std::string line = at(e.t) + " ";
      line += e.alarm == kNone ? "-" : engine_.alarm(e.alarm).id;
      line += " ";
      line += name_of(e.kind);
      for (int i = 1; i < kReasonCount; ++i) {
        if (e.kind == EventKind::unconfirmed && e.reasons.has(static_cast<Reason>(i))) {
          line += " (" + std::string(name_of(static_cast<Reason>(i))) + ")";
        }
      }
      full_.push_back(line);
      if (e.alarm < engine_.program_alarm_count() && is_condition_event(e.kind)) {
        story_.push_back(line);
      }
    }
  }

  Engine engine_;
  std::unique_ptr<EffectList> own_;
  EffectList& effects_;
  std::vector<std::string> story_;
  std::vector<std::string> full_;
  std::vector<Event> events_;
};

}  // namespace lamplight::engine
