// Runs the cases of a `.test` file on the engine and says which expectations were not met.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/language/compile.h"
#include "rules/language/reporter.h"
#include "rules/language/test_ast.h"

namespace lamplight::rules {

struct SeenEvent {
  std::string alarm;  // "oxygen_low", "lost.spo2"
  engine::EventKind kind = engine::EventKind::raised;
  Priority priority = Priority::info;
  Duration at;  // since the start of the program
};

struct CaseOutcome {
  std::string name;
  bool passed = false;
  std::vector<SeenEvent> seen;
  std::vector<std::string> failures;  // one text a missed expectation, several lines
};

struct TestOutcome {
  std::vector<CaseOutcome> cases;
  std::vector<Diagnostic> diagnostics;  // errors: nothing was run, or a case could not be
};

// The program with these limits set on top; nothing, and the reason in the reporter, if they cannot
// be set.
using ProgramSource = std::function<std::optional<engine::Program>(
    const std::vector<ast::PlanSet>& sets, Reporter& reporter)>;
// `rules` and `tests` must outlive it.
ProgramSource programs_of(std::span<const SourceText> rules, const SourceText& tests);

// One case, judged. False: it could not be run, and the reporter says why.
bool run_case(const ProgramSource& programs, const ast::Case& one, Reporter& reporter,
              CaseOutcome& out);

// All cases against the rules, without catalogue and without a plan.
TestOutcome run_tests(std::span<const SourceText> rules, const SourceText& tests);

}  // namespace lamplight::rules
