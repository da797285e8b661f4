// Random lives of one program, to see whether another lives them the same: values around every
// threshold, stretches about as long as its delays, gaps, presses, acknowledgements, profiles.
// Deterministic: the same seed is the same life on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/engine/program.h"

namespace lamplight::rules {

// Which parts of the program the traces go through; the rest stays silent.
struct TraceScope {
  std::vector<engine::SignalIndex> signals;
  std::vector<uint16_t> buttons;
  std::vector<engine::AlarmIndex> alarms;  // that may be acknowledged
  std::vector<Duration> lengths;           // of delays, windows and presses
};
// All that these alarms depend on.
TraceScope scope_of(const engine::Program& program, std::span<const engine::AlarmIndex> alarms);

// What makes an alarm ring as it does: conditions, spans and limit values, rank, leases.
uint64_t signature(const engine::Program& program, engine::AlarmIndex alarm);

// The seed of a trace in which the two say different events; nothing if `traces` of them agree.
// Both have the same signals, buttons, profiles and alarms.
std::optional<uint64_t> find_difference(const engine::Program& a, const engine::Program& b,
                                        const TraceScope& scope, uint64_t traces);

}  // namespace lamplight::rules
