#include "rules/language/commands.h"

#include <algorithm>

#include "rules/language/compile.h"
#include "rules/language/explain.h"
#include "rules/language/test_runner.h"
#include "rules/model/json_writer.h"

namespace lamplight::rules {
namespace {

std::string counted(size_t n, const std::string& word) {
  return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

void append(const std::vector<Diagnostic>& all, bool json, std::string& out) {
  for (const Diagnostic& d : all) out += json ? render_json(d) + "\n" : render(d);
}

size_t count(const std::vector<Diagnostic>& all, Gravity gravity) {
  return static_cast<size_t>(std::count_if(
      all.begin(), all.end(), [&](const Diagnostic& d) { return d.gravity == gravity; }));
}

const SourceText* plan_of(const RulesInput& input) { return input.plan ? &*input.plan : nullptr; }

void append_case(const SourceText& tests, const CaseOutcome& one, bool json, std::string& out) {
  if (json) {
    JsonWriter w(out);
    w.begin_object().key("file").string(tests.name).key("test").string(one.name);
    w.key("passed").boolean(one.passed).key("failures").begin_array();
    for (const std::string& f : one.failures) w.string(f);
    w.end_array().key("events").begin_array();
    for (const SeenEvent& e : one.seen) {
      w.begin_object().key("t").decimal(e.at.ns, 9).key("alarm").string(e.alarm);
      w.key("event").string(engine::name_of(e.kind));
      w.key("priority").string(name_of(e.priority)).end_object();
    }
    w.end_array().end_object();
    out += "\n";
    return;
  }
  out += (one.passed ? "ok    " : "FAIL  ") + tests.name + ": " + one.name + "\n";
  for (const std::string& f : one.failures) out += f + (f.ends_with("\n") ? "" : "\n");
}

}  // namespace

int rules_check(const RulesInput& input, std::string& out, std::string& err) {
  const CompileResult result = compile(input.rules, plan_of(input));
  append(result.diagnostics, input.json, out);
  const size_t errors = count(result.diagnostics, Gravity::error);
  const size_t warnings = count(result.diagnostics, Gravity::warning);
  if (errors + warnings > 0) {
    err += counted(errors, "error") + ", " + counted(warnings, "warning") + "\n";
  }
  if (result.compiled) {
    const engine::Program& p = result.compiled->program;
    err += counted(p.signals.size(), "signal") + ", " + counted(p.alarms.size(), "alarm") + ", " +
           counted(p.operations.size(), "operation") + ", " + counted(p.state_bytes(), "byte") +
           " of state\n";
  }
  return errors > 0 || (input.strict && warnings > 0) ? 1 : 0;
}

int rules_test(const RulesInput& input, std::string& out, std::string& err) {
  size_t passed = 0;
  size_t failed = 0;
  bool broken = false;
  for (const SourceText& tests : input.tests) {
    const TestOutcome outcome = run_tests(input.rules, tests);
    std::vector<Diagnostic> errors;
    for (const Diagnostic& d : outcome.diagnostics) {
      if (d.gravity == Gravity::error) errors.push_back(d);
    }
    append(errors, input.json, out);
    broken = broken || !errors.empty();
    for (const CaseOutcome& one : outcome.cases) {
      ++(one.passed ? passed : failed);
      append_case(tests, one, input.json, out);
    }
  }
  if (input.tests.empty()) {
    err += "no .test file was given\n";
    return 1;
  }
  err += counted(passed + failed, "test") + ", " + std::to_string(failed) + " failed\n";
  return failed > 0 || broken || passed == 0 ? 1 : 0;
}

int rules_explain(const RulesInput& input, std::string& out, std::string& err) {
  CompileOptions options;
  options.catalogue = false;
  const CompileResult result = compile(input.rules, plan_of(input), options);
  if (!result.compiled) {
    append(result.diagnostics, input.json, err);
    return 1;
  }
  out += explain(*result.compiled);
  return 0;
}

}  // namespace lamplight::rules
