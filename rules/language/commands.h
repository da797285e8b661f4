// The library side of `lamplight rules check | test | explain`: texts that the caller has read in,
// results and messages out. The return value is the exit code: 0 good, 1 findings. (2, usage and
// unreadable input, is the caller's.)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/parse.h"

namespace lamplight::rules {

struct RulesInput {
  std::vector<SourceText> rules;
  std::optional<SourceText> plan;
  std::vector<SourceText> tests;  // rules_test only
  bool strict = false;            // rules_check: warnings are findings
  bool json = false;              // one JSON object a line instead of text
};

// `out` gets results, `err` messages; both are appended to.
int rules_check(const RulesInput& input, std::string& out, std::string& err);
int rules_test(const RulesInput& input, std::string& out, std::string& err);
int rules_explain(const RulesInput& input, std::string& out, std::string& err);

}  // namespace lamplight::rules
