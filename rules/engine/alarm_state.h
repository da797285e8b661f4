// Reading and writing an alarm's record in the words of the alarms design. Private to rules/engine.
#pragma once

#include "rules/engine/engine.h"
#include "rules/engine/state.h"

namespace lamplight::engine {

constexpr uint8_t of(ConditionState s) { return static_cast<uint8_t>(s); }
constexpr uint8_t of(SignalState s) { return static_cast<uint8_t>(s); }

inline bool is_open(const AlarmState& s) { return s.condition != of(ConditionState::idle); }
inline bool is(const AlarmState& s, ConditionState c) { return s.condition == of(c); }
inline bool is(const AlarmState& s, SignalState g) { return s.signal == of(g); }

inline void set_rank(AlarmState& s, Rank rank) {
  s.severity = static_cast<uint8_t>(rank.severity);
  s.onset = static_cast<uint8_t>(rank.onset);
}
inline Rank rank_of(const AlarmState& s) {
  return {static_cast<Severity>(s.severity), static_cast<Onset>(s.onset)};
}

// 0 means never.
inline int64_t after(int64_t t, Duration d) { return d.ns <= 0 ? kOpen : t + d.ns; }

}  // namespace lamplight::engine
