// The word that was meant: for "did you mean …?" wherever a name of a text is not known.
#pragma once

#include <string_view>
#include <vector>

namespace lamplight {

// The candidate nearest to `word` by edit distance, if it is near enough to be a slip; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace lamplight
