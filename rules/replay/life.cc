#include "rules/replay/life.h"

#include <algorithm>

namespace lamplight::replay {
namespace {

using engine::EventKind;

class Liver {
 public:
  Liver(const engine::Alarm& alarm, engine::AlarmIndex index, const Conditions4& c, int64_t end)
      : alarm_(alarm),
        index_(index),
        when_(c.when),
        now_(c.now_part),
        clear_(c.clear),
        worsens_(c.worsens != nullptr ? *c.worsens : none_),
        end_(end) {}

  Life run(int64_t start) {
    enter(start, State::idle);
    for (;;) {
      // Nothing happens to an idle or latched alarm until `when` is true.
      const bool sleeps = state_ == State::idle || state_ == State::latched;
      const int64_t t = sleeps ? when_.find(Truth::yes) : next_turn();
      if (t > end_ || t == kEnd) return std::move(life_);
      for (Course* course : {&when_, &now_, &clear_, &worsens_}) {
        sleeps ? course->jump_to(t) : course->go_to(t);
      }
      now_t_ = t;
      at(t);
    }
  }

 private:
  int64_t next_turn() const {
    const int64_t due = unknown_due_ > now_t_ ? unknown_due_ : kEnd;  // passed: it waits for `when`
    return std::min({when_.next(), now_.next(), clear_.next(), worsens_.next(), due});
  }

  void at(int64_t t) {
    const bool is_open = state_ != State::idle;
    if (!is_open) {
      rank_ = alarm_.rank;
      has_worsened_ = false;
    }
    if (state_ == State::idle || state_ == State::latched) {
      enter(t, State::raised);
      tell(t, EventKind::raised);
    }
    judge_confirmed(t);
    judge_worsened(t);
    judge_end(t);
  }
  void judge_confirmed(int64_t t) {
    const Truth now = now_.now();
    if (state_ == State::raised && now == Truth::unknown) {
      enter(t, State::unconfirmed);
      unknown_due_ = alarm_.unknown_clears.ns == 0 ? kEnd : t + alarm_.unknown_clears.ns;
      tell(t, EventKind::unconfirmed);
    } else if (state_ == State::unconfirmed && now != Truth::unknown) {
      enter(t, State::raised);
      unknown_due_ = kEnd;
      tell(t, EventKind::confirmed);
    }
  }
  void judge_worsened(int64_t t) {
    if (alarm_.worsens == engine::kNone || has_worsened_ || worsens_.now() != Truth::yes) return;
    has_worsened_ = true;
    rank_ = {std::min(rank_.severity, alarm_.worsens_to.severity),
             std::min(rank_.onset, alarm_.worsens_to.onset)};
    tell(t, EventKind::worsened);
  }
  void judge_end(int64_t t) {
    const bool rings = when_.now() == Truth::yes;
    if (clear_.now() == Truth::yes && !rings) {
      tell(t, alarm_.latch ? EventKind::latched : EventKind::cleared);
      enter(t, alarm_.latch ? State::latched : State::idle);
      unknown_due_ = kEnd;
      return;
    }
    if (state_ != State::unconfirmed || unknown_due_ > t || rings) return;
    tell(t, EventKind::cleared);
    enter(t, State::idle);
    unknown_due_ = kEnd;
  }

  void enter(int64_t t, State state) {
    state_ = state;
    if (!life_.states.empty() && life_.states.back().t == t) {
      life_.states.back().state = state;
    } else {
      life_.states.push_back({t, state});
    }
  }
  void tell(int64_t t, EventKind kind) {
    life_.events.push_back({t, index_, kind, priority(rank_), false});
  }

  const engine::Alarm& alarm_;
  engine::AlarmIndex index_;
  Timeline none_;
  Course when_, now_, clear_, worsens_;
  int64_t end_;
  Life life_;
  State state_ = State::idle;
  Rank rank_{};
  bool has_worsened_ = false;
  int64_t now_t_ = INT64_MIN;
  int64_t unknown_due_ = kEnd;
};

}  // namespace

Life life_of(const engine::Alarm& alarm, engine::AlarmIndex index, const Conditions4& conditions,
             int64_t start, int64_t end) {
  return Liver(alarm, index, conditions, end).run(start);
}

}  // namespace lamplight::replay
