// No (state, event) pair of the alarm machine is undefined (P14): from Idle, every state that can
// be reached is found breadth first and counted, every run of length 4 is tried, and after each
// step the state equals the fold of the events it told (P4), so that a journal is enough to know
// it. Acts about sound decide nothing about conditions (P12), and every quiet has an end (P9, P13).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

// One action a quantum; a reading holds for ever, so only actions and timers change anything.
constexpr int64_t kQuantum = 60 * kSecond;
constexpr int64_t kWindow = 2 * kQuantum;  // a press

enum class Act : uint8_t {
  wait,
  good,
  band,
  low,
  very_low,
  unknown,
  ack,
  seen,
  wrong,
  pause,
  resume,
  stand_down,
  press,
  release
};

// What stands beside the alarm: its `lost` alarm, or a button that holds it back.
enum class Beside : uint8_t { nothing, lost, button };

struct Shape {
  Rank rank;
  bool latch;
  bool worsens;
  bool unknown_clears;
  Beside beside;
};

std::vector<Act> acts_of(const Shape& shape) {
  std::vector<Act> acts = {Act::wait,     Act::good,    Act::band,  Act::low,
                           Act::very_low, Act::unknown, Act::ack,   Act::seen,
                           Act::wrong,    Act::pause,   Act::resume};
  if (shape.beside == Beside::lost) acts.push_back(Act::stand_down);
  if (shape.beside == Beside::button) acts.insert(acts.end(), {Act::press, Act::release});
  return acts;
}

Program program_of(const Shape& shape) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("x", hours(24)));
  Alarm a = alarm_of("low", shape.rank, below(b, x, 90),
                     b.hold_for(at_least(b, x, 92), span({kQuantum})));
  a.latch = shape.latch;
  if (shape.worsens) a.worsens = below(b, x, 80);
  a.worsens_to = kHigh;
  if (shape.unknown_clears) a.unknown_clears = {2 * kQuantum};
  const auto low = b.add_alarm(a);
  if (shape.beside == Beside::lost) {
    Alarm lost;
    lost.rank = kMedium;
    b.add_lost(x, span({kQuantum}), lost);
  }
  if (shape.beside == Beside::button) {
    const auto care = b.add_button({"care", {kWindow}, {kQuantum}});
    b.add_inhibit(b.pressed(care), {}, {.button = care, .by = "care", .alarms = {low}});
  }
  return *b.build();
}

// Condition and signal as the journal alone tells them.
struct Fold {
  ConditionState condition = ConditionState::idle;
  SignalState signal = SignalState::off;
  bool paused = false;
  bool inhibited = false;

  bool open() const { return condition != ConditionState::idle; }
  void end() {
    condition = ConditionState::idle;
    paused = inhibited = false;
  }
  void take(const Event& e) {
    switch (e.kind) {
      case EventKind::signal_on:
        EXPECT_FALSE(paused);
        signal = SignalState::on;
        return;
      case EventKind::ack_expired:
        EXPECT_EQ(signal, SignalState::acknowledged);
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
      case EventKind::audio_paused:
        EXPECT_TRUE(open() && signal == SignalState::on && !paused);
        paused = true;
        return;
      case EventKind::audio_resumed:
        EXPECT_TRUE(open() && paused);
        paused = false;
        return;
      case EventKind::raised:
      case EventKind::unconfirmed:
      case EventKind::confirmed:
      case EventKind::worsened:
      case EventKind::cleared:
      case EventKind::latched:
      case EventKind::reset:
      case EventKind::closed:
      case EventKind::inhibited:
      case EventKind::uninhibited:
        return take_condition(e);
      case EventKind::window_started:  // of no alarm
      case EventKind::window_ended:
      case EventKind::command_rejected:
        return;
    }
  }
  void take_condition(const Event& e) {
    const bool is_latched = condition == ConditionState::latched;
    switch (e.kind) {
      case EventKind::raised:
        EXPECT_TRUE(!open() || is_latched);
        EXPECT_EQ(e.again > 0, is_latched);
        if (!is_latched) signal = SignalState::off;
        if (!is_latched) inhibited = e.inhibited;
        EXPECT_EQ(e.inhibited, inhibited);
        condition = ConditionState::raised;
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
        EXPECT_TRUE(open() && !is_latched);
        return;
      case EventKind::closed:
        EXPECT_EQ(condition, ConditionState::unconfirmed);
        EXPECT_EQ(e.cause, Cause::to_lost);
        return end();
      case EventKind::cleared:
        EXPECT_TRUE(open() && !is_latched);
        return end();
      case EventKind::latched:
        EXPECT_TRUE(open() && !is_latched);
        condition = ConditionState::latched;
        return;
      case EventKind::reset:
        EXPECT_TRUE(is_latched);
        return end();
      case EventKind::inhibited:
        EXPECT_TRUE(open() && !inhibited);
        inhibited = true;
        return;
      case EventKind::uninhibited:
        EXPECT_TRUE(inhibited);
        inhibited = false;
        return;
      case EventKind::signal_on:  // taken already
      case EventKind::signal_off:
      case EventKind::marked:
      case EventKind::acknowledged:
      case EventKind::seen:
      case EventKind::ack_expired:
      case EventKind::reminder:
      case EventKind::audio_paused:
      case EventKind::audio_resumed:
      case EventKind::window_started:
      case EventKind::window_ended:
      case EventKind::command_rejected:
        return;
    }
  }
};

// A state to go on from: every run through it is the same from here on.
struct Point {
  std::vector<std::byte> snapshot;
  Fold fold;
  int64_t quanta = 0;
  int64_t latch_served = 0;
  int64_t unconfirmed_age = 0;
};

class Machine {
 public:
  using Key = std::array<int64_t, 17>;

  Machine(const Shape& shape, const Program& program, EffectList& effects)
      : shape_(shape), run_(program, {}, &effects) {
    run_.missing(0, Reason::probe_off);
    run_.events();
  }
  Machine(const Shape& shape, const Program& program, EffectList& effects, const Point& from)
      : shape_(shape), run_(program, {}, &effects), at_(from) {
    EXPECT_TRUE(run_.engine().restore(from.snapshot));
  }

  void act(Act act) {
    const AlarmView before = run_.engine().view(0);
    const int64_t t = ++at_.quanta * kQuantum;
    perform(act, t, before.occurrence);
    judge(act, before);
  }

  Point point() {
    Point out = at_;
    run_.engine().snapshot(out.snapshot);
    return out;
  }

  // Conditions alone: what an act about sound must leave as time alone would.
  std::array<int64_t, 4> conditions() {
    const AlarmView v = run_.engine().view(0);
    return {static_cast<int64_t>(v.condition), static_cast<int64_t>(v.priority), v.again,
            v.occurrence != 0 && v.condition != ConditionState::idle};
  }

  // What decides the future, counters and absolute times left out.
  Key key() {
    const Engine& e = run_.engine();
    const AlarmView v = e.view(0);
    const Alarm& a = e.alarm(0);
    const auto left = [&](MonoTime due) { return due == kNever ? -1 : (due - e.now()).ns; };
    const auto truth = [&](OpIndex op) {
      return op == kNone ? int64_t{9} : static_cast<int64_t>(e.truth(op));
    };
    const bool has_lost = shape_.beside == Beside::lost;
    const bool has_button = shape_.beside == Beside::button;
    const AlarmView beside = has_lost ? e.view(1) : AlarmView{};
    return {static_cast<int64_t>(v.condition),
            static_cast<int64_t>(v.signal),
            static_cast<int64_t>(v.priority),
            truth(a.when),
            truth(a.clear),
            truth(a.worsens),
            left(v.ack_until),
            left(v.paused_until),
            v.inhibited,
            at_.unconfirmed_age,
            at_.latch_served,
            v.previous != 0,
            v.occurrence != 0,
            e.signal_view(0).valid ? e.signal_view(0).value : -1,
            (static_cast<int64_t>(beside.condition) * 4 + static_cast<int64_t>(beside.signal)) * 2 +
                (beside.grouped ? 1 : 0),
            has_button ? left(e.pressed_until(0)) : -1,
            has_button ? left(e.rests_until(0)) : -1};
  }

 private:
  void perform(Act act, int64_t t, uint64_t occurrence) {
    switch (act) {
      case Act::wait:
        return run_.step(t);
      case Act::good:
        return run_.sample(t, 95);
      case Act::band:
        return run_.sample(t, 91);
      case Act::low:
        return run_.sample(t, 88);
      case Act::very_low:
        return run_.sample(t, 75);
      case Act::unknown:
        return run_.missing(t, Reason::probe_off);
      case Act::ack:
        return run_.acknowledge(t, occurrence);
      case Act::seen:
        return run_.acknowledge(t, occurrence, Place::remote);
      case Act::wrong:
        return run_.acknowledge(t, run_.engine().next_occurrence());
      case Act::pause:
        run_.act(t, CommandKind::pause, occurrence, {2 * kQuantum});
        return;
      case Act::resume:
        run_.act(t, CommandKind::resume, occurrence);
        return;
      case Act::stand_down:
        run_.act(t, CommandKind::stand_down, occurrence);
        return;
      case Act::press:
      case Act::release:
        run_.press(t, 0, act == Act::release);
        return;
    }
  }

  void judge(Act act, const AlarmView& before) {
    const bool reads_low = act == Act::low || act == Act::very_low;
    for (const Event& e : run_.events()) {
      if (e.alarm != 0) continue;
      at_.fold.take(e);
      EXPECT_TRUE(e.kind != EventKind::raised || reads_low) << "no act raises an alarm";
      EXPECT_TRUE(e.kind != EventKind::closed || act == Act::stand_down);
      if (e.kind == EventKind::acknowledged && before.condition != ConditionState::idle) {
        at_.latch_served = 1;
      }
      if (e.kind == EventKind::raised || e.kind == EventKind::worsened) at_.latch_served = 0;
    }
    const AlarmView after = run_.engine().view(0);
    const bool unconfirmed = after.condition == ConditionState::unconfirmed;
    at_.unconfirmed_age = unconfirmed && shape_.unknown_clears ? at_.unconfirmed_age + 1 : 0;
    const Fold& fold = at_.fold;
    EXPECT_EQ(after.condition, fold.condition);
    EXPECT_EQ(after.signal, fold.signal);
    EXPECT_EQ(after.paused, fold.paused);
    EXPECT_EQ(after.inhibited, fold.inhibited);
    EXPECT_EQ(after.audible, after.signal == SignalState::on && !fold.paused && !fold.inhibited);
    judge_quiet(after);
    // High never falls while it lives.
    if (before.occurrence == after.occurrence && before.condition != ConditionState::idle &&
        fold.open()) {
      EXPECT_GE(after.priority, before.priority);
    }
  }

  // P9 and P13: what should sound is quiet only by a person's act with an end, which is no farther
  // away than its table says.
  void judge_quiet(const AlarmView& v) {
    const auto left = [&](MonoTime until) { return until - run_.engine().now(); };
    const bool is_ended = v.ack_until < kNever || v.paused_until < kNever ||
                          (v.inhibited && v.inhibited_until < kNever);
    const bool quiet = at_.fold.open() && v.priority >= Priority::medium && !v.audible;
    EXPECT_TRUE(!quiet || is_ended);
    EXPECT_TRUE(!v.paused || left(v.paused_until) <= run_.engine().longest_pause(0));
    EXPECT_TRUE(!v.paused || left(v.paused_until).ns > 0);
    EXPECT_TRUE(!v.inhibited || left(v.inhibited_until).ns <= kWindow);
    if (shape_.beside != Beside::lost) return;
    const AlarmView lost = run_.engine().view(1);
    const bool lost_quiet = lost.condition != ConditionState::idle && !lost.audible;
    EXPECT_TRUE(!lost_quiet || (lost.grouped && (v.audible || v.paused)));
  }

  Shape shape_;
  Scenario run_;
  Point at_;
};

std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const Rank rank : {kHigh, kMedium, kLow, kInfo}) {
    for (const bool latch : {false, true}) {
      for (const bool worsens : {false, true}) {
        const bool low = priority(rank) <= Priority::low;
        for (const Beside beside : {Beside::nothing, Beside::lost, Beside::button}) {
          all.push_back({rank, latch, worsens, false, beside});
          if (low) all.push_back({rank, latch, worsens, true, beside});
        }
      }
    }
  }
  return all;
}

class Runs {
 public:
  Runs(const Shape& shape, EffectList& effects)
      : shape_(shape), program_(program_of(shape)), acts_(acts_of(shape)), effects_(effects) {}

  // Every run of `length` acts from here; how many there are.
  size_t all_from(const Point& from, int length) {
    size_t runs = 0;
    for (const Act act : acts_) {
      Machine machine(shape_, program_, effects_, from);
      machine.act(act);
      if (::testing::Test::HasFailure()) return 0;
      runs += length == 1 ? 1 : all_from(machine.point(), length - 1);
    }
    return runs;
  }

  Point start() { return Machine(shape_, program_, effects_).point(); }

  // Every state that can be reached; 0 and a failure if something is wrong on the way.
  size_t explore() {
    std::set<Machine::Key> known{Machine(shape_, program_, effects_).key()};
    std::deque<Point> open{start()};
    while (!open.empty()) {
      const Point from = std::move(open.front());
      open.pop_front();
      std::array<int64_t, 4> by_time{};  // the first act is to wait
      for (const Act act : acts_) {
        Machine machine(shape_, program_, effects_, from);
        machine.act(act);
        if (act == Act::wait) by_time = machine.conditions();
        const bool is_sound = act == Act::seen || act == Act::wrong || act == Act::pause ||
                              act == Act::resume || act == Act::press || act == Act::release;
        EXPECT_TRUE(!is_sound || machine.conditions() == by_time);
        if (::testing::Test::HasFailure() || known.size() > 20'000) return 0;
        if (known.insert(machine.key()).second) open.push_back(machine.point());
      }
    }
    return known.size();
  }

 private:
  Shape shape_;
  Program program_;
  std::vector<Act> acts_;
  EffectList& effects_;
};

// Some of the shapes, in seconds; with LL_FULL all of them.
bool is_tried_at_length(const Shape& shape) {
  if (std::getenv("LL_FULL") != nullptr) return true;
  const Priority p = priority(shape.rank);
  const bool is_end = p == Priority::high || p == Priority::low;
  return is_end && shape.latch == shape.worsens && !shape.unknown_clears;
}

TEST(Exhaustive, EveryRunOfLengthFourKeepsEveryInvariant) {
  size_t runs = 0;
  size_t tried = 0;
  EffectList effects;
  for (const Shape& shape : shapes()) {
    if (!is_tried_at_length(shape)) continue;
    ++tried;
    Runs all(shape, effects);
    const size_t more = all.all_from(all.start(), 4);
    ASSERT_GT(more, 0U) << "priority " << name_of(priority(shape.rank)) << " latch " << shape.latch;
    runs += more;
  }
  std::printf("%zu runs of length 4 over %zu shapes\n", runs, tried);
}

TEST(Exhaustive, TheMachineHasFinitelyManyStatesAndNoneIsUndefined) {
  size_t states = 0;
  EffectList effects;
  for (const Shape& shape : shapes()) {
    const size_t more = Runs(shape, effects).explore();
    ASSERT_GT(more, 0U) << "a failure, or it does not close: priority "
                        << name_of(priority(shape.rank)) << " latch " << shape.latch;
    states += more;
  }
  std::printf("%zu distinct states over %zu shapes\n", states, shapes().size());
  EXPECT_GT(states, 1000U);
}

}  // namespace
}  // namespace lamplight::engine
