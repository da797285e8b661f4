// An area as a list of stretches, each with a constant slope: A' = L - x while x is known, not
// below 0; frozen while unknown; 0 once x >= L has held for the `forget after` time.
#include "tests/oracle/areas.h"

namespace lamplight::oracle {
namespace {

struct Stretch {
  int64_t from = 0;
  Fraction area;                  // at `from`, in base units times ns
  std::optional<Fraction> slope;  // nothing: unknown
};

Fraction area_at(const Stretch& s, int64_t t) {
  if (!s.slope) return s.area;
  const Fraction sum = plus(s.area, times(*s.slope, {t - s.from, 1}));
  return less(sum, {0, 1}) ? Fraction{0, 1} : sum;
}

class Area {
 public:
  Area(const World& world, const rules::ast::Condition& c) : world_(world), c_(c) {}

  Timeline truth() {
    walk();
    Instants asked;
    for (const Stretch& s : stretches_) {
      asked.insert(s.from);
      // The instants just before and at which the budget is met on this slope.
      if (!s.slope || s.slope->num == 0) continue;
      const Fraction left = plus(budget_at(s.from), times(s.area, {-1, 1}));
      const Fraction span = over(left, *s.slope);
      if (span.num < 0) continue;
      const auto whole = static_cast<int64_t>(span.num / span.den);
      for (const int64_t extra : {int64_t{0}, int64_t{1}}) asked.insert(s.from + whole + extra);
    }
    Timeline line;
    for (const int64_t t : asked) line.append(t, truth_at(t));
    return line;
  }

 private:
  std::optional<Fraction> depth_at(int64_t t) const {
    const auto x = world_.sum_at(c_.subject, t);
    const auto level = world_.sum_at(c_.sums[0], t);
    if (!x || !level) return std::nullopt;
    const bool below = c_.kind == rules::ast::ConditionKind::shortfall;
    return below ? plus(*level, times(*x, {-1, 1})) : plus(*x, times(*level, {-1, 1}));
  }
  Fraction budget_at(int64_t t) const {
    return times(*world_.sum_at(c_.sums[1], t), {1'000'000'000, 1});
  }
  int64_t forget_at(int64_t t) const {
    return c_.has_forget ? world_.span_at(c_.span, t) : 10'000'000'000;
  }

  void begin(int64_t t, Fraction area) { stretches_.push_back({t, area, depth_at(t)}); }

  void walk() {
    constexpr int64_t kNotAtRest = INT64_MIN;
    int64_t rest_since = kNotAtRest;  // x >= L since then
    const Instants& instants = world_.instants();
    for (auto i = instants.lower_bound(world_.start()); i != instants.end(); ++i) {
      begin(*i, stretches_.empty() ? Fraction{0, 1} : area_at(stretches_.back(), *i));
      const auto& slope = stretches_.back().slope;
      if (!slope || less({0, 1}, *slope)) {
        rest_since = kNotAtRest;
        continue;
      }
      if (rest_since == kNotAtRest) rest_since = *i;
      const int64_t forgotten = rest_since + forget_at(*i);
      const auto next = std::next(i);
      if (forgotten <= *i) {
        stretches_.back().area = {0, 1};
      } else if (next == instants.end() || forgotten < *next) {
        begin(forgotten, {0, 1});
      }
    }
  }

  Kleene truth_at(int64_t t) const {
    const Stretch* now = nullptr;
    for (const Stretch& s : stretches_) {
      if (s.from <= t) now = &s;
    }
    if (!less(area_at(*now, t), budget_at(t))) return Kleene::t;
    return now->slope ? Kleene::f : Kleene::u;
  }

  const World& world_;
  const rules::ast::Condition& c_;
  std::vector<Stretch> stretches_;
};

}  // namespace

Timeline area_truth(const World& world, const rules::ast::Condition& condition) {
  return Area(world, condition).truth();
}

}  // namespace lamplight::oracle
