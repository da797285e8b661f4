// No (state, event) pair of the alarm machine is undefined (P14): from Idle, every state that can
// be reached is found breadth first and counted, every run of length 4 is tried, and after each
// step the state equals the fold of the events it told (P4), so that a journal is enough to know
// it.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

// One action a quantum of 30 s; a reading holds for ever, so only actions change anything.
constexpr int64_t kQuantum = 30 * kSecond;

enum class Act : uint8_t { good, band, low, very_low, unknown, wait, ack, seen, wrong };
constexpr std::array kActs = {Act::good, Act::band, Act::low,  Act::very_low, Act::unknown,
                              Act::wait, Act::ack,  Act::seen, Act::wrong};

struct Shape {
  Rank rank;
  bool latch;
  bool worsens;
  bool unknown_clears;
};

Program program_of(const Shape& shape) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("x", hours(24)));
  Alarm a = alarm_of("low", shape.rank, below(b, x, 90),
                     b.hold_for(at_least(b, x, 92), span(seconds(30))));
  a.latch = shape.latch;
  if (shape.worsens) a.worsens = below(b, x, 80);
  a.worsens_to = kHigh;
  if (shape.unknown_clears) a.unknown_clears = seconds(60);
  b.add_alarm(a);
  return *b.build();
}

// Condition and signal as the journal alone tells them.
struct Fold {
  ConditionState condition = ConditionState::idle;
  SignalState signal = SignalState::off;

  void take(const Event& e) {
    switch (e.kind) {
      case EventKind::raised:
        EXPECT_TRUE(condition == ConditionState::idle || condition == ConditionState::latched);
        condition = ConditionState::raised;
        if (e.again == 0) signal = SignalState::off;
        return;
      case EventKind::unconfirmed:
        EXPECT_EQ(condition, ConditionState::raised);
        condition = ConditionState::unconfirmed;
        return;
      case EventKind::confirmed:
        EXPECT_EQ(condition, ConditionState::unconfirmed);
        condition = ConditionState::raised;
        return;
      case EventKind::worsened:
        EXPECT_TRUE(open() && condition != ConditionState::latched);
        return;
      case EventKind::cleared:
      case EventKind::closed:
        EXPECT_TRUE(open() && condition != ConditionState::latched);
        condition = ConditionState::idle;
        return;
      case EventKind::latched:
        EXPECT_TRUE(open() && condition != ConditionState::latched);
        condition = ConditionState::latched;
        return;
      case EventKind::reset:
        EXPECT_EQ(condition, ConditionState::latched);
        condition = ConditionState::idle;
        return;
      case EventKind::signal_on:
      case EventKind::ack_expired:
        signal = SignalState::on;
        return;
      case EventKind::signal_off:
        signal = SignalState::off;
        return;
      case EventKind::marked:
        signal = SignalState::marked;
        return;
      case EventKind::acknowledged:
        EXPECT_TRUE(signal == SignalState::on || signal == SignalState::marked);
        signal = signal == SignalState::on ? SignalState::acknowledged : SignalState::off;
        return;
      case EventKind::seen:
        EXPECT_TRUE(open() && signal != SignalState::off);
        return;
      case EventKind::reminder:
        EXPECT_EQ(signal, SignalState::acknowledged);
        return;
      case EventKind::inhibited:  // this alarm is in no inhibition
      case EventKind::uninhibited:
      case EventKind::window_started:
      case EventKind::window_ended:
      case EventKind::command_rejected:
        return;
    }
  }
  bool open() const { return condition != ConditionState::idle; }
};

class Machine {
 public:
  Machine(const Shape& shape, const Program& program, EffectList& effects)
      : shape_(shape), run_(program, {}, &effects) {
    run_.missing(0, Reason::probe_off);
    run_.events();
  }

  void act(Act act) {
    const AlarmView before = run_.engine().view(0);
    const int64_t t = (++quanta_) * kQuantum;
    switch (act) {
      case Act::good:
        run_.sample(t, 95);
        break;
      case Act::band:
        run_.sample(t, 91);
        break;
      case Act::low:
        run_.sample(t, 88);
        break;
      case Act::very_low:
        run_.sample(t, 75);
        break;
      case Act::unknown:
        run_.missing(t, Reason::probe_off);
        break;
      case Act::wait:
        run_.step(t);
        break;
      case Act::ack:
        run_.acknowledge(t, before.occurrence);
        break;
      case Act::seen:
        run_.acknowledge(t, before.occurrence, Place::remote);
        break;
      case Act::wrong:
        run_.acknowledge(t, run_.engine().next_occurrence());
        break;
    }
    judge(act, before);
  }

  // What decides the future, counters and absolute times left out.
  using Key = std::array<int64_t, 12>;
  Key key() {
    const Engine& e = run_.engine();
    const AlarmView v = e.view(0);
    const Alarm& a = e.alarm(0);
    const auto left = [&](MonoTime due) { return due == kNever ? -1 : (due - e.now()).ns; };
    const auto truth = [&](OpIndex op) {
      return op == kNone ? int64_t{9} : static_cast<int64_t>(e.truth(op));
    };
    return {static_cast<int64_t>(v.condition),
            static_cast<int64_t>(v.signal),
            static_cast<int64_t>(v.priority),
            truth(a.when),
            truth(a.clear),
            truth(a.worsens),
            left(v.ack_until),
            unconfirmed_age_,
            latch_served_,
            v.previous != 0,
            v.occurrence != 0,
            e.signal_view(0).valid ? e.signal_view(0).value : -1};
  }

 private:
  void judge(Act act, const AlarmView& before) {
    const AlarmView after = run_.engine().view(0);
    for (const Event& e : run_.events()) {
      fold_.take(e);
      if (act == Act::unknown || act == Act::wrong || act == Act::seen) {
        EXPECT_NE(e.kind, EventKind::raised);
        const bool by_time = e.cause == Cause::unknown || e.t.ns < quanta_ * kQuantum;
        const bool by_clear = run_.engine().truth(run_.engine().alarm(0).clear) == Truth::yes;
        EXPECT_TRUE(e.kind != EventKind::cleared || by_time || by_clear);
      }
      if (e.kind == EventKind::acknowledged && before.condition != ConditionState::idle) {
        latch_served_ = 1;
      }
      if (e.kind == EventKind::raised || e.kind == EventKind::worsened) latch_served_ = 0;
    }
    const bool unconfirmed = after.condition == ConditionState::unconfirmed;
    unconfirmed_age_ = unconfirmed && shape_.unknown_clears ? unconfirmed_age_ + 1 : 0;
    EXPECT_EQ(after.condition, fold_.condition);
    EXPECT_EQ(after.signal, fold_.signal);
    EXPECT_EQ(after.audible, after.signal == SignalState::on);
    // P9: an open alarm that should sound is quiet only by a person's act with an end, or a low
    // one.
    const bool quiet = fold_.open() && after.priority >= Priority::medium && !after.audible;
    EXPECT_TRUE(!quiet || after.ack_until < kNever);
    // High never falls while it lives.
    if (before.occurrence == after.occurrence && before.condition != ConditionState::idle &&
        fold_.open()) {
      EXPECT_GE(after.priority, before.priority);
    }
    EXPECT_TRUE(act != Act::wrong || run_.engine().counters().commands_rejected > 0);
  }

  Shape shape_;
  Scenario run_;
  Fold fold_;
  int64_t quanta_ = 0;
  int64_t latch_served_ = 0;
  int64_t unconfirmed_age_ = 0;
};

std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const Rank rank : {kHigh, kMedium, kLow, kInfo}) {
    for (const bool latch : {false, true}) {
      for (const bool worsens : {false, true}) {
        const bool low = priority(rank) <= Priority::low;
        all.push_back({rank, latch, worsens, false});
        if (low) all.push_back({rank, latch, worsens, true});
      }
    }
  }
  return all;
}

TEST(Exhaustive, EveryRunOfLengthFourKeepsEveryInvariant) {
  size_t runs = 0;
  EffectList effects;
  for (const Shape& shape : shapes()) {
    const Program program = program_of(shape);
    for (size_t code = 0; code < kActs.size() * kActs.size() * kActs.size() * kActs.size();
         ++code) {
      Machine machine(shape, program, effects);
      size_t rest = code;
      for (int i = 0; i < 4; ++i) {
        machine.act(kActs[rest % kActs.size()]);
        rest /= kActs.size();
      }
      ++runs;
      if (HasFailure()) FAIL() << "run " << code;
    }
  }
  std::printf("%zu runs of length 4 over %zu shapes\n", runs, shapes().size());
}

TEST(Exhaustive, TheMachineHasFinitelyManyStatesAndNoneIsUndefined) {
  size_t states = 0;
  EffectList effects;
  for (const Shape& shape : shapes()) {
    const Program program = program_of(shape);
    std::set<Machine::Key> known;
    std::deque<std::vector<Act>> open{{}};
    known.insert(Machine(shape, program, effects).key());
    while (!open.empty()) {
      const auto path = open.front();
      open.pop_front();
      for (const Act act : kActs) {
        Machine machine(shape, program, effects);
        for (const Act step : path) machine.act(step);
        machine.act(act);
        ASSERT_FALSE(HasFailure());
        if (!known.insert(machine.key()).second) continue;
        auto longer = path;
        longer.push_back(act);
        ASSERT_LT(longer.size(), 100U)
            << "the state does not close: " << ::testing::PrintToString(machine.key());
        open.push_back(std::move(longer));
      }
    }
    states += known.size();
  }
  std::printf("%zu distinct states over %zu shapes\n", states, shapes().size());
  EXPECT_GT(states, 100U);
}

}  // namespace
}  // namespace lamplight::engine
