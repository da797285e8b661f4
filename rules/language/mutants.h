// Do the tests of a rules file notice a mistake in it? Every mutant (mutate.h) is run against all
// `.test` files; one that no test notices is compared with the original on random traces, and
// either says the same events (probably equal) or survives.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rules/language/mutate.h"
#include "rules/language/test_runner.h"

namespace lamplight::rules {

enum class Fate : uint8_t {
  killed,   // a test fails
  refused,  // does not compile
  equal,    // the same program after folding, or the same events on all traces
  survived,
};

struct MutantOutcome {
  Mutant mutant;
  Fate fate = Fate::survived;
  bool by_traces = false;  // equal: on traces, not by its program
  std::string by;          // killed: the test that fails; refused: the code
};

struct MutantsOutcome {
  std::vector<MutantOutcome> mutants;
  std::vector<Diagnostic> diagnostics;  // errors: nothing was run
  std::vector<std::string> failing;     // tests that fail already: nothing was run
};

struct MutantsOptions {
  uint64_t traces = 10'000;
  size_t first = 0;  // every `stride`-th mutant from the `first` on: a sample
  size_t stride = 1;
  // Called before each mutant: how many are done, of how many.
  std::function<void(size_t done, size_t of)> progress;
};

MutantsOutcome run_mutants(std::span<const SourceText> rules, std::span<const SourceText> tests,
                           const MutantsOptions& options);

}  // namespace lamplight::rules
