#include "rules/language/mutants.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rules/language/random_trace.h"

namespace lamplight::rules {
namespace {

struct TestCase {
  const SourceText* tests = nullptr;
  const ast::Case* one = nullptr;
};

// A program without judgements on good rules: a mutant need not be one.
std::optional<engine::Program> build(const ast::File& file, std::span<const SourceText> rules,
                                     const std::vector<ast::PlanSet>& sets,
                                     const SourceText* set_source,
                                     std::vector<Diagnostic>& errors) {
  CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  options.sets = sets;
  options.set_source = set_source;
  CompileResult result = compile_tree(file, rules, options);
  if (result.compiled) return std::move(result.compiled->program);
  errors = std::move(result.diagnostics);
  return std::nullopt;
}

class Hunt {
 public:
  Hunt(std::span<const SourceText> rules, std::vector<TestCase> cases, ast::File file)
      : rules_(rules), cases_(std::move(cases)), file_(std::move(file)) {
    std::vector<Diagnostic> none;
    original_ = build(file_, rules_, {}, nullptr, none);
  }

  const ast::File& file() const { return file_; }

  MutantOutcome judge(const Mutant& mutant, size_t number, uint64_t traces) {
    MutantOutcome out;
    out.mutant = mutant;
    const ast::File changed = apply_mutant(file_, rules_, number);
    std::vector<Diagnostic> errors;
    const auto program = build(changed, rules_, {}, nullptr, errors);
    if (!program) {
      out.fate = Fate::refused;
      out.by = errors.empty() ? "" : errors.front().code;
      return out;
    }
    const std::vector<engine::AlarmIndex> touched = differing(*program);
    if (touched.empty()) {
      out.fate = Fate::equal;
      return out;
    }
    prefer(mutant.where);
    if (const TestCase* killer = find_killer(changed, *program)) {
      out.fate = Fate::killed;
      out.by = killer->tests->name + ": " + killer->one->name;
      return out;
    }
    const bool differs =
        find_difference(*original_, *program, scope_of(*original_, touched), traces).has_value();
    out.fate = differs ? Fate::survived : Fate::equal;
    out.by_traces = !differs;
    return out;
  }

 private:
  std::vector<engine::AlarmIndex> differing(const engine::Program& mutant) const {
    std::vector<engine::AlarmIndex> out;
    for (size_t i = 0; i < original_->alarms.size(); ++i) {
      const auto index = static_cast<engine::AlarmIndex>(i);
      if (signature(*original_, index) != signature(mutant, index)) out.push_back(index);
    }
    return out;
  }

  // The tests that speak of it first: one of them will notice.
  void prefer(const std::string& where) {
    std::stable_partition(cases_.begin(), cases_.end(), [&](const TestCase& c) {
      return std::any_of(c.one->expects.begin(), c.one->expects.end(), [&](const ast::Expect& e) {
        return (e.alarm.is_lost ? "lost " : "") + e.alarm.name.text == where;
      });
    });
  }

  const TestCase* find_killer(const ast::File& changed, const engine::Program& program) {
    for (auto one = cases_.begin(); one != cases_.end(); ++one) {
      const ProgramSource programs = [&](const std::vector<ast::PlanSet>& sets,
                                         Reporter& reporter) -> std::optional<engine::Program> {
        if (sets.empty()) return program;
        std::vector<Diagnostic> errors;
        auto with_sets = build(changed, rules_, sets, one->tests, errors);
        reporter.take_over(std::move(errors));
        return with_sets;
      };
      Reporter reporter({one->tests});
      CaseOutcome outcome;
      if (run_case(programs, *one->one, reporter, outcome) && outcome.passed) continue;
      // Neighbouring mutants are often noticed by the same test.
      std::rotate(cases_.begin(), one, one + 1);
      return &cases_.front();
    }
    return nullptr;
  }

  std::span<const SourceText> rules_;
  std::vector<TestCase> cases_;
  ast::File file_;
  std::optional<engine::Program> original_;
};

// False: something is wrong with rules or tests as they are.
bool tests_hold(std::span<const SourceText> rules, std::span<const SourceText> tests,
                MutantsOutcome& out) {
  for (const SourceText& text : tests) {
    TestOutcome outcome = run_tests(rules, text);
    for (Diagnostic& d : outcome.diagnostics) {
      if (d.gravity == Gravity::error) out.diagnostics.push_back(std::move(d));
    }
    for (const CaseOutcome& one : outcome.cases) {
      if (!one.passed) out.failing.push_back(text.name + ": " + one.name);
    }
  }
  return out.diagnostics.empty() && out.failing.empty();
}

}  // namespace

MutantsOutcome run_mutants(std::span<const SourceText> rules, std::span<const SourceText> tests,
                           const MutantsOptions& options) {
  MutantsOutcome out;
  if (!tests_hold(rules, tests, out)) return out;
  CompileOptions compile_options;
  compile_options.catalogue = false;
  CompileResult compiled = compile(rules, nullptr, compile_options);
  if (!compiled.compiled) return out;
  std::vector<ParsedTests> parsed;
  parsed.reserve(tests.size());
  std::vector<TestCase> cases;
  for (const SourceText& text : tests) {
    parsed.push_back(parse_tests(text));
    for (const ast::Case& one : parsed.back().file.cases) cases.push_back({&text, &one});
  }
  Hunt hunt(rules, std::move(cases), std::move(compiled.compiled->file));
  const std::vector<Mutant> mutants = list_mutants(hunt.file(), rules);
  for (size_t i = options.first; i < mutants.size(); i += options.stride) {
    if (options.progress) options.progress(i, mutants.size());
    out.mutants.push_back(hunt.judge(mutants[i], i, options.traces));
  }
  return out;
}

}  // namespace lamplight::rules
