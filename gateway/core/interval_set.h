// Which seqs above a cursor are already acknowledged: sorted, disjoint, bounded. When there are
// more runs than it may hold it forgets the highest: those are sent again, never skipped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lamplight::core {

class IntervalSet {
 public:
  static constexpr size_t kRunsMax = 128;

  void add(uint64_t first, uint64_t last) {
    if (first > last) return;
    auto at = std::lower_bound(runs_.begin(), runs_.end(), first,
                               [](const Run& r, uint64_t n) { return r.last + 1 < n; });
    auto end = at;
    while (end != runs_.end() && end->first <= last + 1) {
      first = std::min(first, end->first);
      last = std::max(last, end->last);
      ++end;
    }
    at = runs_.erase(at, end);
    runs_.insert(at, Run{first, last});
    if (runs_.size() > kRunsMax) runs_.pop_back();
  }

  // The last of the run that holds n, or 0.
  uint64_t end_of(uint64_t n) const {
    const auto at = std::lower_bound(runs_.begin(), runs_.end(), n,
                                     [](const Run& r, uint64_t m) { return r.last < m; });
    return at != runs_.end() && at->first <= n ? at->last : 0;
  }
  bool has(uint64_t n) const { return end_of(n) != 0; }

  // Moves a cursor over the run that begins right behind it, and forgets what lies below.
  uint64_t absorb(uint64_t cursor) {
    while (!runs_.empty() && runs_.front().first <= cursor + 1) {
      cursor = std::max(cursor, runs_.front().last);
      runs_.erase(runs_.begin());
    }
    return cursor;
  }
  void clear() { runs_.clear(); }
  size_t runs() const { return runs_.size(); }

 private:
  struct Run {
    uint64_t first;
    uint64_t last;
  };
  std::vector<Run> runs_;
};

}  // namespace lamplight::core
