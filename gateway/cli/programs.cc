#include "gateway/cli/programs.h"

#include <cstdio>

#include "gateway/cli/commands.h"
#include "gateway/clock.h"
#include "rules/language/compile.h"

namespace lamplight::cli {

std::optional<rules::SourceText> source_of(const std::string& name) {
  auto text = read_text(name);
  if (!text) return std::nullopt;
  return rules::SourceText{name, std::move(*text)};
}

std::optional<engine::Program> program_of(const std::vector<std::string>& rules,
                                          const std::string& plan_name) {
  std::vector<rules::SourceText> texts;
  for (const std::string& name : rules) {
    auto text = source_of(name);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  std::optional<rules::SourceText> plan;
  if (!plan_name.empty()) {
    plan = source_of(plan_name);
    if (!plan) return std::nullopt;
  }
  rules::CompileOptions options;
  options.catalogue = false;
  auto result = rules::compile(texts, plan ? &*plan : nullptr, options);
  for (const auto& d : result.diagnostics) {
    if (d.gravity == rules::Gravity::error) std::fputs(rules::render(d).c_str(), stderr);
  }
  if (!result.compiled) return std::nullopt;
  return std::move(result.compiled->program);
}

engine::LocalTime local_time(int64_t unix_seconds) {
  const CivilTime civil = civil_time({unix_seconds * 1'000'000'000, ClockState::synchronised});
  return {civil.weekday, civil.second_of_day};
}

}  // namespace lamplight::cli
