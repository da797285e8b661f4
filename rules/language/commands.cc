#include "rules/language/commands.h"

#include <algorithm>
#include <array>

#include "rules/language/compile.h"
#include "rules/language/difference.h"
#include "rules/language/explain.h"
#include "rules/language/format.h"
#include "rules/language/mutants.h"
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

Position place_of(const ast::File& file, const std::string& subject) {
  for (const ast::Alarm& a : file.alarms) {
    if (subject == "alarm " + a.name.text) return a.name.at;
  }
  for (const ast::Lost& l : file.losts) {
    if (subject == "lost " + l.signal.text) return l.signal.at;
  }
  for (const ast::Limit& l : file.limits) {
    if (subject == "limit " + l.name.text) return l.name.at;
  }
  return file.at;
}

// What the rules mean since the accepted ones: notices, never errors.
void append_changes(const RulesInput& input, std::string& out, std::string& err) {
  CompileOptions options;
  options.catalogue = false;
  const CompileResult before = compile(input.since, nullptr, options);
  const CompileResult after = compile(input.rules, nullptr, options);  // without the plan, too
  if (!after.compiled) return;
  const Compiled& now = *after.compiled;
  if (!before.compiled) {
    err += "the rules before do not compile; nothing is compared with them\n";
    return;
  }
  const std::vector<Difference> found = differences(*before.compiled, now);
  std::vector<Diagnostic> notices;
  for (const Difference& d : found) {
    const Position at = place_of(now.file, d.subject);
    const SourceText& text = input.rules[at.file];
    notices.push_back(diagnose(text.name, text.text, at, "E14",
                               (d.subject.empty() ? "" : in_quotes(d.subject) + " ") + d.sentence,
                               "accept it with a name and a reason"));
    notices.back().gravity = Gravity::warning;
  }
  append(notices, input.json, out);
  const auto unchanged =
      std::count_if(now.file.alarms.begin(), now.file.alarms.end(), [&](const ast::Alarm& a) {
        return std::none_of(found.begin(), found.end(), [&](const Difference& d) {
          return d.subject == "alarm " + a.name.text;
        });
      });
  err += counted(static_cast<size_t>(unchanged), "alarm") + " unchanged\n";
}

}  // namespace

int rules_check(const RulesInput& input, std::string& out, std::string& err) {
  const CompileResult result = compile(input.rules, plan_of(input));
  append(result.diagnostics, input.json, out);
  if (result.compiled && !input.since.empty()) append_changes(input, out, err);
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

namespace {

void append_mutant(std::span<const SourceText> rules, const MutantOutcome& one, bool json,
                   std::string& out) {
  const Mutant& m = one.mutant;
  const std::string& file = rules[m.at.file].name;
  if (json) {
    static constexpr std::string_view kFates[] = {"killed", "refused", "equal", "survived"};
    JsonWriter w(out);
    w.begin_object().key("fate").string(kFates[static_cast<size_t>(one.fate)]);
    w.key("where").string(m.where).key("change").string(m.change).key("file").string(file);
    w.key("line").integer(m.at.line).key("column").integer(m.at.column);
    if (!one.by.empty()) w.key("by").string(one.by);
    if (one.fate == Fate::equal) w.key("equal_by").string(one.by_traces ? "traces" : "program");
    w.end_object();
    out += "\n";
    return;
  }
  const std::string place =
      " at " + file + ":" + std::to_string(m.at.line) + ":" + std::to_string(m.at.column) + "\n";
  if (one.fate == Fate::survived) {
    out += "SURVIVED " + m.where + ": " + m.change + " (no test fails)" + place;
  } else if (one.fate == Fate::equal) {
    out +=
        "equal    " + m.where + ": " + m.change +
        (one.by_traces ? " (probably: the same events on random traces)" : " (the same program)") +
        place;
  }
}

}  // namespace

int rules_mutants(const RulesInput& input, const std::function<void(const std::string&)>& progress,
                  std::string& out, std::string& err) {
  if (input.tests.empty()) {
    err += "no .test file was given\n";
    return 1;
  }
  MutantsOptions options;
  options.traces = input.traces;
  options.progress = [&](size_t done, size_t of) {
    if (progress) progress("mutant " + std::to_string(done + 1) + " of " + std::to_string(of));
  };
  const MutantsOutcome outcome = run_mutants(input.rules, input.tests, options);
  append(outcome.diagnostics, input.json, err);
  for (const std::string& name : outcome.failing) err += "FAIL  " + name + "\n";
  if (!outcome.failing.empty()) err += "make these tests pass first: lamplight rules test\n";
  if (!outcome.diagnostics.empty() || !outcome.failing.empty()) return 1;
  std::array<size_t, 4> counts{};
  for (const MutantOutcome& one : outcome.mutants) {
    ++counts[static_cast<size_t>(one.fate)];
    append_mutant(input.rules, one, input.json, out);
  }
  const auto of = [&](Fate fate) { return std::to_string(counts[static_cast<size_t>(fate)]); };
  err += counted(outcome.mutants.size(), "mutant") + ": " + of(Fate::killed) + " killed, " +
         of(Fate::refused) + " refused, " + of(Fate::equal) + " equal to the original, " +
         of(Fate::survived) + " survived\n";
  return counts[static_cast<size_t>(Fate::survived)] > 0 ? 1 : 0;
}

int rules_diff(const DiffInput& input, std::string& out, std::string& err) {
  CompileOptions options;
  options.catalogue = false;
  std::array<std::optional<Compiled>, 2> compiled;
  for (size_t i = 0; i < 2; ++i) {
    CompileResult result = compile(i == 0 ? input.before : input.after, nullptr, options);
    compiled[i] = std::move(result.compiled);
    std::erase_if(result.diagnostics,
                  [](const Diagnostic& d) { return d.gravity != Gravity::error; });
    append(result.diagnostics, input.json, err);
  }
  if (!compiled[0] || !compiled[1]) return 2;
  const std::vector<Difference> found = differences(*compiled[0], *compiled[1]);
  for (const Difference& d : found) {
    if (!input.json) {
      out += d.subject + (d.subject.empty() ? "" : ": ") + d.sentence + "\n";
      continue;
    }
    JsonWriter w(out);
    w.begin_object().key("kind").string(d.kind).key("subject").string(d.subject);
    w.key("sentence").string(d.sentence).key("before").string(d.before);
    w.key("after").string(d.after).end_object();
    out += "\n";
  }
  return found.empty() ? 0 : 1;
}

int rules_format(const SourceText& source, bool json, std::string& out, std::string& err) {
  const Formatted formatted = format_rules(source);
  if (!formatted.text) {
    append(formatted.diagnostics, json, err);
    return 1;
  }
  out += *formatted.text;
  return 0;
}

int rules_explain(const RulesInput& input, std::string& out, std::string& err) {
  const auto language = language_of(input.language);
  if (!language) {
    err += "\"" + input.language + "\" is no language of these sentences; write en or es\n";
    return 2;
  }
  CompileOptions options;
  options.catalogue = false;
  const CompileResult result = compile(input.rules, plan_of(input), options);
  if (!result.compiled) {
    append(result.diagnostics, input.json, err);
    return 1;
  }
  out += explain(*result.compiled, *language);
  return 0;
}

}  // namespace lamplight::rules
