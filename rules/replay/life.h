// The alarm's life (language, 4.6) over timelines: the table of 4.6 row by row, at the instants at
// which a condition turns. Nobody acknowledges in a recording of samples, so what latches stays.
#pragma once

#include <vector>

#include "rules/engine/program.h"
#include "rules/replay/outcome.h"

namespace lamplight::replay {

struct Conditions4 {
  const Timeline& when;
  const Timeline& now_part;
  const Timeline& clear;
  const Timeline* worsens;  // nullptr: it does not
};

enum class State : uint8_t { idle, raised, unconfirmed, latched };
struct StateStep {
  int64_t t = 0;
  State state = State::idle;
};

struct Life {
  std::vector<Happening> events;  // region A; leases come later
  std::vector<StateStep> states;  // every change, the first at the start
};

Life life_of(const engine::Alarm& alarm, engine::AlarmIndex index, const Conditions4& conditions,
             int64_t start, int64_t end);

}  // namespace lamplight::replay
