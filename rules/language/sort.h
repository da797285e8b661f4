// A stable sort. std::stable_sort of libstdc++ 12 uses a function that C++17 deprecates, which
// clang 19 reports as an error.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamplight::rules {

template <class T, class Less>
void sort_stably(std::vector<T>& all, Less less) {
  std::vector<std::pair<size_t, T>> numbered;
  numbered.reserve(all.size());
  for (T& one : all) numbered.emplace_back(numbered.size(), std::move(one));
  std::sort(numbered.begin(), numbered.end(), [&](const auto& a, const auto& b) {
    if (less(a.second, b.second)) return true;
    return !less(b.second, a.second) && a.first < b.first;
  });
  for (size_t i = 0; i < all.size(); ++i) all[i] = std::move(numbered[i].second);
}

}  // namespace lamplight::rules
