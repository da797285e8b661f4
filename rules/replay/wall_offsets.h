// How the wall clock stood to a recording's time: from an instant on so much ahead, or not set. It
// changes where the clock was set, and between the boots of a box.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lamplight::replay {

class WallOffsets {
 public:
  WallOffsets() = default;  // never set
  // Unix ns minus the recording's ns, throughout. Not explicit: the usual recording has one.
  WallOffsets(int64_t wall_minus_t) { set(INT64_MIN, wall_minus_t); }

  // From `t` on, until the next one; none: the clock is not set. An earlier or equal `t` than the
  // one before takes effect where that one did, and replaces it.
  void set(int64_t t, std::optional<int64_t> wall_minus_t);

  std::optional<int64_t> at(int64_t t) const;  // before the first: not set

  struct Span {
    int64_t from = 0;
    int64_t to = 0;  // excluded
    std::optional<int64_t> wall_minus_t;
  };
  // [start, end) in one piece or more, each with one offset.
  std::vector<Span> between(int64_t start, int64_t end) const;
  // Of [start, end), for how long nobody knows what the wall showed.
  int64_t unset_ns(int64_t start, int64_t end) const;

 private:
  struct Step {
    int64_t t;
    std::optional<int64_t> wall_minus_t;
  };
  std::vector<Step> steps_;  // t rises, and neighbours differ
};

}  // namespace lamplight::replay
