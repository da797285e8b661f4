#include "rules/replay/logic.h"

#include <deque>
#include <optional>

namespace lamplight::replay {
namespace {

template <class Join>
Timeline joined(const Timeline& a, const Timeline& b, Join join) {
  Timeline out;
  Course left(a);
  Course right(b);
  for (;;) {
    const int64_t t = std::min(left.next(), right.next());
    if (t == kEnd) return out;
    left.go_to(t);
    right.go_to(t);
    out.set(t, join(left.now(), right.now()));
  }
}

// What a number is now, and when it changes next.
class Number {
 public:
  explicit Number(const Steps& steps) : steps_(steps) {}
  int64_t now() const { return steps_[at_].value; }
  int64_t next() const { return at_ + 1 < steps_.size() ? steps_[at_ + 1].t : kEnd; }
  void go_to(int64_t t) {
    while (next() <= t) ++at_;
  }

 private:
  const Steps& steps_;
  size_t at_ = 0;
};

// `for`, from the runs of its operand. The last F ended at `after_false`, the run of T that lasts
// (a bridged gap included) began at `run`, and a gap in it at `gap`.
struct Run {
  std::optional<int64_t> after_false;
  bool is_false = false;
  std::optional<int64_t> run;
  std::optional<int64_t> gap;

  void enter(Truth truth, int64_t t, std::optional<int64_t> bridged) {
    if (truth == Truth::no) {
      *this = {};
      is_false = true;
      return;
    }
    if (is_false) after_false = t;
    is_false = false;
    if (truth == Truth::yes) {
      const bool goes_on = run && (!gap || t - *gap <= bridged.value_or(-1));
      if (!goes_on) run = t;
      gap.reset();
      return;
    }
    if (!run || gap) return;
    if (bridged) {
      gap = t;
    } else {
      run.reset();
    }
  }
  // The verdict at t, and when it changes by itself.
  std::pair<Truth, int64_t> judge(Truth truth, int64_t t, int64_t length) const {
    if (truth == Truth::no) return {Truth::no, kEnd};
    if (after_false && t < *after_false + length) return {Truth::no, *after_false + length};
    if (truth == Truth::unknown) return {Truth::unknown, kEnd};
    const int64_t due = *run + length;
    return t >= due ? std::pair{Truth::yes, kEnd} : std::pair{Truth::unknown, due};
  }
};

// `within last` is the dual of `for`: the same with every truth turned round.
Timeline timed(const Timeline& a, const Steps& length, const Steps* bridged, bool is_dual,
               int64_t end) {
  Timeline out;
  Course course(a);
  Number span(length);
  std::optional<Number> bridge;
  if (bridged != nullptr) bridge.emplace(*bridged);
  Run run;
  int64_t due = kEnd;
  for (;;) {
    const int64_t changes = std::min(span.next(), bridge ? bridge->next() : kEnd);
    const int64_t t = std::min({course.next(), due, changes});
    if (t > end || t == kEnd) return out;
    course.go_to(t);
    span.go_to(t);
    if (bridge) bridge->go_to(t);
    const Truth truth = is_dual ? flip(course.now()) : course.now();
    run.enter(truth, t, bridge ? std::optional(bridge->now()) : std::nullopt);
    const auto [verdict, next] = run.judge(truth, t, span.now());
    due = next;
    out.set(t, is_dual ? flip(verdict) : verdict);
  }
}

}  // namespace

Timeline negated(const Timeline& a) {
  Timeline out;
  for (const Turn& turn : a.turns()) out.set(turn.t, flip(turn.truth));
  return out;
}

Timeline both(const Timeline& a, const Timeline& b) {
  return joined(a, b, [](Truth x, Truth y) { return std::min(x, y); });
}

Timeline either(const Timeline& a, const Timeline& b) {
  return joined(a, b, [](Truth x, Truth y) { return std::max(x, y); });
}

Timeline since(const Timeline& a, const Timeline& b) {
  Truth was = Truth::unknown;
  return joined(a, b, [&](Truth x, Truth y) {
    was = std::max(y, std::min(x, was));
    return was;
  });
}

Timeline held_for(const Timeline& a, const Steps& length, const Steps* bridged, int64_t end) {
  return timed(a, length, bridged, false, end);
}

Timeline within_last(const Timeline& a, const Steps& length, int64_t end) {
  return timed(a, length, nullptr, true, end);
}

Timeline counted(const Timeline& a, int64_t length, size_t least, int64_t end) {
  Timeline out;
  Course course(a);
  std::deque<int64_t> starts;  // the newest `least`
  Truth last_known = Truth::unknown;
  bool is_known = false;
  int64_t known_since = kEnd;
  int64_t due = kEnd;
  for (;;) {
    const int64_t t = std::min(course.next(), due);
    if (t > end || t == kEnd) return out;
    course.go_to(t);
    const Truth now = course.now();
    if (now == Truth::unknown) {
      is_known = false;
    } else {
      if (!is_known) known_since = t;
      is_known = true;
      if (now == Truth::yes && last_known != Truth::yes) starts.push_back(t);
      if (starts.size() > least) starts.pop_front();
      last_known = now;
    }
    due = kEnd;
    Truth verdict = Truth::no;
    if (starts.size() == least && starts.front() > t - length) {
      verdict = Truth::yes;
      due = starts.front() + length;
    } else if (!is_known) {
      verdict = Truth::unknown;
    } else if (known_since + length > t) {
      verdict = Truth::unknown;
      due = known_since + length;
    }
    out.set(t, verdict);
  }
}

Timeline leased(const Timeline& a, const Steps* most, int64_t end) {
  Timeline out;
  Course course(a);
  std::optional<Number> span;
  if (most != nullptr) span.emplace(*most);
  bool is_active = false;
  bool is_spent = false;
  int64_t until = kEnd;
  for (;;) {
    const int64_t t = std::min(course.next(), is_active ? until : kEnd);
    if (t > end || t == kEnd) return out;
    course.go_to(t);
    if (span) span->go_to(t);
    const Truth now = course.now();
    if (is_active && (now != Truth::yes || until <= t)) {
      is_active = false;
      is_spent = true;
    }
    if (now == Truth::no) is_spent = false;
    if (!is_active && !is_spent && now == Truth::yes) {
      until = span ? t + span->now() : kEnd;
      is_active = until > t;
      is_spent = !is_active;
    }
    out.set(t, is_active ? Truth::yes : Truth::no);
  }
}

int64_t time_in(const Timeline& line, Truth truth, int64_t from, int64_t to) {
  int64_t sum = 0;
  Course course(line);
  course.jump_to(from);
  for (int64_t t = from; t < to;) {
    const int64_t next = std::min(course.next(), to);
    if (course.now() == truth) sum += next - t;
    course.go_to(next);
    t = next;
  }
  return sum;
}

}  // namespace lamplight::replay
