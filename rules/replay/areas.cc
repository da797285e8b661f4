#include "rules/replay/areas.h"

#include <algorithm>
#include <optional>

#include "rules/engine/state.h"

namespace lamplight::replay {
namespace {

using Wide = __int128;

class Walker {
 public:
  Walker(const Reading& reading, const Area& area, int64_t end)
      : r_(reading), a_(area), end_(end) {}

  Timeline run(int64_t start) {
    enter(start);
    while (t_ <= end_) {
      const int64_t next = std::min({next_sample(), next_step(), stale_at_});
      settle_until(next);
      if (next > end_ || next == kEnd) break;
      if (can_skip(next)) continue;
      enter(next);
    }
    return std::move(line_);
  }

 private:
  int64_t next_sample() const {
    return r_.column != nullptr && at_ < r_.column->size() ? r_.column->time(at_) : kEnd;
  }
  static int64_t next_of(const Steps& steps, size_t i) {
    return i + 1 < steps.size() ? steps[i + 1].t : kEnd;
  }
  int64_t next_step() const {
    return std::min(
        {next_of(a_.bound, bound_), next_of(a_.budget, budget_at_), next_of(a_.forget, forget_)});
  }
  int64_t budget() const { return a_.budget[budget_at_].value; }

  // A whole block in which nothing can begin: no area yet, every depth at most 0.
  bool can_skip(int64_t next) {
    const bool is_quiet = area_ == 0 && depth_ && *depth_ <= 0 && budget() > 0;
    if (!is_quiet || next != next_sample() || at_ % kBlock != 0) return false;
    const Column& c = *r_.column;
    if (at_ + kBlock >= c.size()) return false;
    const Block& b = c.blocks()[at_ / kBlock];
    const int64_t after = c.time(at_ + kBlock - 1);
    const bool is_whole = b.all_have_values && b.min >= r_.low && b.max <= r_.high &&
                          b.longest <= r_.stale && next_step() > after && after <= end_;
    const int32_t deepest = a_.coefficient < 0 ? b.min : b.max;
    if (!is_whole || a_.coefficient * deepest + a_.bound[bound_].value > 0) return false;
    at_ += kBlock;
    t_ = after;
    value_ = c.value(at_ - 1);
    depth_ = a_.coefficient * value_ + a_.bound[bound_].value;
    stale_at_ = after + r_.stale;
    return true;
  }

  // The inputs of instant t, then the verdict.
  void enter(int64_t t) {
    grow_to(t);
    while (next_of(a_.bound, bound_) <= t) ++bound_;
    while (next_of(a_.budget, budget_at_) <= t) ++budget_at_;
    while (next_of(a_.forget, forget_) <= t) ++forget_;
    if (next_sample() <= t) {
      const int32_t v = r_.column->value(at_);
      is_known_ = r_.column->has_value_at(at_) && v >= r_.low && v <= r_.high;
      value_ = v;
      stale_at_ = is_known_ ? r_.column->time(at_) + r_.stale : kEnd;
      ++at_;
    } else if (stale_at_ <= t) {
      is_known_ = false;
      stale_at_ = kEnd;
    }
    depth_.reset();
    if (is_known_) depth_ = a_.coefficient * value_ + a_.bound[bound_].value;
    judge(t);
  }
  void judge(int64_t t) {
    if (depth_ && *depth_ <= 0) {
      if (!hold_) hold_ = t;
      if (*hold_ + a_.forget[forget_].value <= t) area_ = 0;
    } else {
      hold_.reset();
    }
    Truth verdict = depth_ ? Truth::no : Truth::unknown;
    if (area_ >= budget()) verdict = Truth::yes;
    line_.set(t, verdict);
  }
  // What happens by itself before `next`: the budget reached or paid back, the area forgotten.
  void settle_until(int64_t next) {
    const int64_t last = next == kEnd ? end_ : std::min(next - 1, end_);
    while (const auto due = own_due()) {
      if (*due > last) return;
      grow_to(*due);
      judge(*due);
    }
  }
  std::optional<int64_t> own_due() const {
    if (!depth_) return std::nullopt;
    Wide due = kEnd;
    const Wide left = Wide{budget()} - area_;
    if (*depth_ > 0 && left > 0 && budget() <= engine::kAreaMax) {
      due = t_ + (left + *depth_ - 1) / *depth_;  // rounded up to the nanosecond
    }
    if (*depth_ < 0 && left <= 0 && budget() > 0) due = t_ + -left / -Wide{*depth_} + 1;
    const int64_t forgotten = *depth_ <= 0 ? *hold_ + a_.forget[forget_].value : kEnd;
    if (area_ > 0 && forgotten > t_) due = std::min<Wide>(due, forgotten);
    if (due >= kEnd) return std::nullopt;
    return static_cast<int64_t>(due);
  }
  void grow_to(int64_t t) {
    if (depth_ && t > t_) {
      const Wide grown = Wide{area_} + Wide{*depth_} * (t - t_);
      area_ = static_cast<int64_t>(std::clamp<Wide>(grown, 0, engine::kAreaMax));
    }
    t_ = t;
  }

  const Reading& r_;
  const Area& a_;
  int64_t end_;
  Timeline line_;
  size_t at_ = 0;  // next sample
  size_t bound_ = 0;
  size_t budget_at_ = 0;
  size_t forget_ = 0;
  int64_t t_ = INT64_MIN;  // the area is counted up to here
  int64_t area_ = 0;
  int64_t value_ = 0;
  bool is_known_ = false;
  int64_t stale_at_ = kEnd;
  std::optional<int64_t> depth_;  // its slope since t_
  std::optional<int64_t> hold_;   // since when depth <= 0
};

}  // namespace

Timeline area_reached(const Reading& reading, const Area& area, int64_t start, int64_t end) {
  return Walker(reading, area, end).run(start);
}

}  // namespace lamplight::replay
