// What a program says about a recording: its events in the order the engine emits them, and what
// its alarms' conditions were. The same whichever way it was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/engine/effects.h"
#include "rules/replay/timeline.h"

namespace lamplight::replay {

struct Happening {
  int64_t t = 0;
  engine::AlarmIndex alarm = 0;
  engine::EventKind kind = engine::EventKind::raised;
  Priority priority = Priority::info;  // after it
  bool inhibited = false;              // raised under a lease, or a lease began
  bool operator==(const Happening&) const = default;
};

// Of one alarm.
struct Verdicts {
  Timeline when;
  Timeline now_part;
  bool operator==(const Verdicts&) const = default;
};

struct Outcome {
  std::vector<Happening> events;
  std::vector<Verdicts> alarms;  // by the program's alarms; of those not asked for nothing
};

// How it was found.
enum class BackEnd : uint8_t { columns, online };
constexpr const char* name_of(BackEnd b) { return b == BackEnd::columns ? "columns" : "online"; }

struct Choice {
  BackEnd by = BackEnd::columns;
  std::string why;                      // of online: what columns cannot evaluate
  std::vector<std::string> conditions;  // of columns: conditions that ran by the online engine
};

}  // namespace lamplight::replay
