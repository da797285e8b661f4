// Text to tree. LL(1), with recovery at the next declaration or clause word that begins a line;
// at most 20 errors a text, all in one go. Any bytes are safe to give: size, nesting and numbers
// are bounded and answered with a diagnostic. No I/O: the caller has read the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/diagnostic.h"

namespace lamplight::rules {

struct SourceText {
  std::string name;  // as the user wrote it, for messages
  std::string text;
};

inline constexpr size_t kSourceBytesMax = 1 << 20;
inline constexpr int kErrorsMax = 20;
inline constexpr int kNestingMax = 64;  // "(" inside "(", "not" after "not"

struct ParsedRules {
  ast::File file;  // whatever could be understood; use only if !has_errors(diagnostics)
  std::vector<Diagnostic> diagnostics;
};
struct ParsedPlan {
  ast::Plan plan;
  std::vector<Diagnostic> diagnostics;
};

// `file_index` is kept in every Position, so that a message can find its text again.
ParsedRules parse_rules(const SourceText& source, uint16_t file_index = 0);
ParsedPlan parse_plan(const SourceText& source, uint16_t file_index = 0);

}  // namespace lamplight::rules
