// The library side of `lamplight rules check | test | explain`: texts that the caller has read in,
// results and messages out. The return value is the exit code: 0 good, 1 findings. (2, usage and
// unreadable input, is the caller's.)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/parse.h"

namespace lamplight::rules {

struct RulesInput {
  std::vector<SourceText> rules;
  std::optional<SourceText> plan;
  std::vector<SourceText> tests;  // rules_test only
  std::vector<SourceText> since;  // rules_check: the rules before, whose meaning has changed (E14)
  bool strict = false;            // rules_check: warnings are findings
  bool json = false;              // one JSON object a line instead of text
  std::string language = "en";    // rules_explain: of its sentences
  uint64_t traces = 10'000;       // rules_mutants: on which a mutant must differ to be one
};

struct DiffInput {
  std::vector<SourceText> before;
  std::vector<SourceText> after;
  bool json = false;
};

// `out` gets results, `err` messages; both are appended to.
int rules_check(const RulesInput& input, std::string& out, std::string& err);
int rules_test(const RulesInput& input, std::string& out, std::string& err);
// Are the tests good enough to notice a mistake in the rules? `progress` gets a line now and then.
int rules_mutants(const RulesInput& input, const std::function<void(const std::string&)>& progress,
                  std::string& out, std::string& err);
int rules_explain(const RulesInput& input, std::string& out, std::string& err);

// What the second rules do otherwise than the first, in sentences. As diff: 0 nothing, 1 something,
// 2 one of them does not compile.
int rules_diff(const DiffInput& input, std::string& out, std::string& err);

// The canonical form of one rules text into `out`; 1 and the errors in `err` if it has any.
int rules_format(const SourceText& source, bool json, std::string& out, std::string& err);

}  // namespace lamplight::rules
