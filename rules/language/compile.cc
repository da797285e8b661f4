#include "rules/language/compile.h"

#include <algorithm>
#include <utility>

#include "rules/language/check.h"
#include "rules/language/lower.h"
#include "rules/language/typer.h"
#include "rules/model/limits.h"

namespace lamplight::rules {
namespace {

constexpr size_t kNamesMax = 1024;    // limits, lets, inhibits: far above any home
constexpr size_t kProfilesHere = 32;  // as the engine's profile set
constexpr size_t kRulesTextsMax = 64;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void merge(ast::File& into, ast::File from, Reporter& reporter) {
  const bool is_other = from.title != into.title || from.version != into.version;
  if (is_other && !from.is_header_broken && !into.is_header_broken) {
    reporter.report(from.at, "E12",
                    "this text is rules " + std::to_string(from.version) + " \"" + from.title +
                        "\", and the first is rules " + std::to_string(into.version) + " \"" +
                        into.title + "\"",
                    "give all texts of one home the same first line");
  }
  for (ast::Declaration d : from.order) {
    switch (d.kind) {
      case ast::DeclarationKind::signal:
        d.index += into.signals.size();
        break;
      case ast::DeclarationKind::button:
        d.index += into.buttons.size();
        break;
      case ast::DeclarationKind::profile:
        d.index += into.profiles.size();
        break;
      case ast::DeclarationKind::limit:
        d.index += into.limits.size();
        break;
      case ast::DeclarationKind::let:
        d.index += into.lets.size();
        break;
      case ast::DeclarationKind::alarm:
        d.index += into.alarms.size();
        break;
      case ast::DeclarationKind::inhibit:
        d.index += into.inhibits.size();
        break;
      case ast::DeclarationKind::lost:
        d.index += into.losts.size();
        break;
    }
    into.order.push_back(d);
  }
  append(into.roles, from.roles);
  append(into.signals, from.signals);
  append(into.buttons, from.buttons);
  append(into.profiles, from.profiles);
  append(into.limits, from.limits);
  append(into.lets, from.lets);
  append(into.alarms, from.alarms);
  append(into.inhibits, from.inhibits);
  append(into.losts, from.losts);
  append(into.broken, from.broken);
  append(into.broken_alarms, from.broken_alarms);
  into.has_nameless_broken |= from.has_nameless_broken;
}

// Before anything whose cost grows with the product of these.
bool within_bounds(const ast::File& file, Reporter& reporter) {
  bool good = true;
  const auto check = [&](size_t count, size_t most, std::string_view what) {
    if (count <= most) return;
    good = false;
    reporter.report(
        file.at, "E10",
        std::to_string(count) + " " + std::string(what) + ", " + std::to_string(most) + " allowed",
        "remove those that nobody needs");
  };
  check(file.signals.size(), limits::kSignalsMax, "signals");
  check(file.alarms.size() + file.broken_alarms.size() + file.losts.size(), limits::kAlarmsMax,
        "alarms, `lost` included");
  check(file.profiles.size(), kProfilesHere, "profiles");
  check(file.limits.size(), kNamesMax, "limits");
  check(file.lets.size(), kNamesMax, "lets");
  check(file.buttons.size(), limits::kButtonsMax, "buttons");
  check(file.inhibits.size(), kNamesMax, "inhibits");
  check(file.roles.size(), kNamesMax, "roles");
  for (const ast::Inhibit& inhibit : file.inhibits) {
    const size_t count = inhibit.alarms.size();
    if (count <= limits::kAlarmsMax) continue;
    good = false;
    reporter.report(inhibit.at, "E10",
                    std::to_string(count) + " alarms in one `inhibit`, " +
                        std::to_string(limits::kAlarmsMax) + " allowed",
                    "name each alarm once");
  }
  return good;
}

struct Parsed {
  ast::File file;
  std::optional<ast::Plan> plan;
};

Parsed parse_all(std::span<const SourceText> rules, const SourceText* plan, Reporter& reporter) {
  Parsed out;
  for (size_t i = 0; i < rules.size(); ++i) {
    ParsedRules parsed = parse_rules(rules[i], static_cast<uint16_t>(i));
    reporter.take_over(std::move(parsed.diagnostics));
    if (i == 0) {
      out.file = std::move(parsed.file);
    } else {
      merge(out.file, std::move(parsed.file), reporter);
    }
  }
  if (plan == nullptr) return out;
  ParsedPlan parsed = parse_plan(*plan, static_cast<uint16_t>(rules.size()));
  out.plan = std::move(parsed.plan);
  reporter.take_over(std::move(parsed.diagnostics));
  return out;
}

void set_for_test(const ast::File& file, const Scope& scope, const CompileOptions& options,
                  uint16_t source, Settings& settings, Reporter& reporter) {
  for (ast::PlanSet set : options.sets) {
    set.name.at.file = source;
    if (set.profile) set.profile->at.file = source;
    if (set.value) set.value->at.file = source;
    static_cast<void>(apply_set(file, scope, set, settings, reporter));
  }
}

// The texts that positions point into, in the order of Position::file.
struct Sources {
  Sources(std::span<const SourceText> rules, const SourceText* plan,
          const CompileOptions& options) {
    for (const SourceText& text : rules) all.push_back(&text);
    if (plan != nullptr) all.push_back(plan);
    set_source = static_cast<uint16_t>(all.size());
    if (options.set_source != nullptr) all.push_back(options.set_source);
  }
  std::vector<const SourceText*> all;
  uint16_t set_source = 0;
};

std::optional<Compiled> check_and_lower(Parsed parsed, const CompileOptions& options,
                                        uint16_t set_source, Reporter& reporter) {
  const bool is_whole = !reporter.has_errors();
  if (!within_bounds(parsed.file, reporter)) return std::nullopt;
  Scope scope(parsed.file, reporter);
  Typer(parsed.file, scope, reporter).check_file();
  Settings settings = default_settings(parsed.file, scope, reporter);
  const ast::Plan* plan = parsed.plan ? &*parsed.plan : nullptr;
  if (plan != nullptr) apply_plan(parsed.file, scope, *plan, settings, reporter);
  set_for_test(parsed.file, scope, options, set_source, settings, reporter);
  const CheckContext context{parsed.file, scope, settings, reporter};
  check_signals(context, options.catalogue);
  if (options.policy) check_tree(context);
  if (options.policy) check_inhibits(context);
  if (options.policy && is_whole) scope.report_unused();
  if (reporter.has_errors()) return std::nullopt;
  auto program = lower(parsed.file, plan, scope, settings, reporter);
  if (program && options.policy) check_program(context, *program);
  if (program && options.policy && options.catalogue) check_conditions(context);
  if (!program || reporter.has_errors()) return std::nullopt;
  return Compiled{std::move(parsed.file), std::move(parsed.plan), std::move(settings),
                  std::move(*program)};
}

}  // namespace

CompileResult compile(std::span<const SourceText> rules, const SourceText* plan,
                      const CompileOptions& options) {
  CompileResult out;
  if (rules.empty() || rules.size() > kRulesTextsMax) {
    const SourceText nothing{"rules", ""};
    Reporter reporter({&nothing});
    reporter.report({}, "E0", rules.empty() ? "no rules were given" : "more than 64 rules texts",
                    "give the rules of one home");
    out.diagnostics = reporter.finish();
    return out;
  }
  const Sources sources(rules, plan, options);
  Reporter reporter(sources.all);
  Parsed parsed = parse_all(rules, plan, reporter);
  out.compiled = check_and_lower(std::move(parsed), options, sources.set_source, reporter);
  out.diagnostics = reporter.finish();
  return out;
}

CompileResult compile_tree(const ast::File& file, std::span<const SourceText> rules,
                           const CompileOptions& options) {
  CompileResult out;
  const Sources sources(rules, nullptr, options);
  Reporter reporter(sources.all);
  out.compiled = check_and_lower({file, std::nullopt}, options, sources.set_source, reporter);
  out.diagnostics = reporter.finish();
  return out;
}

}  // namespace lamplight::rules
