// A `.test` file as it was written (reference section 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/engine/effects.h"
#include "rules/language/ast.h"
#include "rules/language/parse.h"

namespace lamplight::rules::ast {

struct Level {
  std::optional<Decimal> number;
  Name word;  // when `number` is empty: an enumerator, true, false or a reason
  Position at;
};

struct Segment {
  enum class Kind : uint8_t { level, ramp, nothing };
  Kind kind = Kind::level;
  Level from;
  Level to;  // of a ramp
  Duration length;
  std::optional<Duration> every;
  std::optional<Decimal> jitter_percent;
  std::optional<Decimal> drop_percent;
  int64_t seed = 1;
  Position at;
};

struct Trace {
  Name signal;
  std::vector<Segment> segments;
};

struct Act {
  enum class Kind : uint8_t { acknowledge, press, release, restart, set, clock };
  Kind kind = Kind::acknowledge;
  Duration when;
  AlarmRef alarm;     // acknowledge
  Name button;        // press, release
  Duration duration;  // restart: how long away; clock: how far, signed
  PlanSet set;
  Position at;
};

struct ExpectedEvent {
  bool never = false;
  engine::EventKind kind = engine::EventKind::raised;
  std::optional<Priority> priority;  // that of the alarm after the event
  std::optional<Duration> when;
};

struct Expect {
  bool nothing = false;
  AlarmRef alarm;
  std::optional<int64_t> count;  // of `raised`
  std::vector<ExpectedEvent> events;
  Position at;
  Position end;
};

struct Case {
  std::string name;
  Position at;
  std::vector<PlanSet> sets;
  std::optional<TimeOfDay> clock;  // absent: the wall clock is not set
  std::vector<Trace> traces;
  std::vector<Act> acts;
  std::vector<Expect> expects;
  Duration run_on;
};

struct TestFile {
  int64_t version = 0;
  std::string title;
  Position title_at;
  std::vector<Case> cases;
};

}  // namespace lamplight::rules::ast

namespace lamplight::rules {

struct ParsedTests {
  ast::TestFile file;
  std::vector<Diagnostic> diagnostics;
};
ParsedTests parse_tests(const SourceText& source);

}  // namespace lamplight::rules
