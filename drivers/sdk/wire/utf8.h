// Is this text UTF-8, without NUL? Strict: no overlong forms, no surrogates, nothing above
// U+10FFFF. Pure; a JSON reader behind it never has to guess what a byte means.
#pragma once

#include <string_view>

namespace lamplight::wire {
bool is_utf8_text(std::string_view text);
}  // namespace lamplight::wire
