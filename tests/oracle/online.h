// The product under test, driven by the oracle's traces: rules text → compiler → engine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/engine/engine.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/oracle.h"

namespace lamplight::oracle {

// How to run: variations that must change nothing.
struct Variation {
  uint64_t ticks_seed = 0;    // != 0: extra steps without input in between
  uint64_t restore_seed = 0;  // != 0: snapshot into a fresh engine in between
  int64_t shift = 0;          // all times moved; told times are moved back
};

std::vector<Told> run_online(const engine::Program& program, const Trace& trace,
                             const Variation& variation);

std::string printed(const std::vector<Told>& told);

}  // namespace lamplight::oracle
