#include "rules/replay/wall_offsets.h"

#include <algorithm>

namespace lamplight::replay {

void WallOffsets::set(int64_t t, std::optional<int64_t> wall_minus_t) {
  if (!steps_.empty() && t <= steps_.back().t) {
    t = steps_.back().t;
    steps_.pop_back();
  }
  const auto before = steps_.empty() ? std::nullopt : steps_.back().wall_minus_t;
  if (before != wall_minus_t) steps_.push_back({t, wall_minus_t});
}

std::optional<int64_t> WallOffsets::at(int64_t t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](int64_t when, const Step& s) { return when < s.t; });
  return after == steps_.begin() ? std::nullopt : std::prev(after)->wall_minus_t;
}

std::vector<WallOffsets::Span> WallOffsets::between(int64_t start, int64_t end) const {
  std::vector<Span> spans{{start, end, at(start)}};
  for (const Step& s : steps_) {
    if (s.t <= start || s.t >= end) continue;
    spans.back().to = s.t;
    spans.push_back({s.t, end, s.wall_minus_t});
  }
  return spans;
}

int64_t WallOffsets::unset_ns(int64_t start, int64_t end) const {
  int64_t sum = 0;
  for (const Span& s : between(start, end)) sum += s.wall_minus_t ? 0 : s.to - s.from;
  return sum;
}

}  // namespace lamplight::replay
