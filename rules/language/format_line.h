// One element of a text (a declaration, a clause) laid out on lines of at most 100 columns: where a
// space goes, and where a line may be broken.
#pragma once

#include <string>
#include <vector>

#include "rules/language/lexer.h"

namespace lamplight::rules {

inline constexpr size_t kColumnsMax = 100;

// `indent` spaces before the first line, two more before those that follow. No newline at the end.
std::string lay_out(const std::vector<Token>& tokens, size_t indent);

}  // namespace lamplight::rules
