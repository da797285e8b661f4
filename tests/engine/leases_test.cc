// A button pressed by a tired parent must end by itself, whatever else happens; pressing it a
// thousand times must not make it last longer.
#include <gtest/gtest.h>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

Program lease_program(Duration rests = seconds(30)) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto care = b.add_button({"care", seconds(60), rests});
  const auto low = b.add_alarm(alarm_of("low", kHigh, b.hold_for(below(b, x, 90), span(seconds(5))),
                                        b.hold_for(at_least(b, x, 92), span(seconds(5)))));
  b.add_inhibit(b.pressed(care), {}, {.button = care, .by = "care", .alarms = {low}});
  return *b.build();
}

void act(Scenario& run, int64_t ns, CommandKind kind, Place place = Place::bedside,
         uint16_t button = 0) {
  const Command c{kind, 0, button, make_actor("ana", "nurse", place), 7};
  run.step(ns, {.commands = {&c, 1}});
}

TEST(Leases, AThousandPressesLastNoLongerThanOne) {
  Scenario run(lease_program());
  run.samples(0, 4, 95);
  for (int i = 0; i < 1000; ++i) act(run, 5 * kSecond + i, CommandKind::press);
  int refused = 0;
  for (const Event& e : run.events()) refused += e.why == RejectWhy::already_pressed ? 1 : 0;
  EXPECT_EQ(refused, 999);
  EXPECT_EQ(run.engine().pressed_until(0).ns, 65 * kSecond);
  run.samples(6, 70, 85);
  EXPECT_EQ(run.story(), (Story{"11 low raised", "65 low uninhibited"}));
}

TEST(Leases, TheSoundIsHeldBackAndTheAlarmIsNot) {
  Scenario run(lease_program());
  act(run, 0, CommandKind::press);
  run.samples(1, 20, 85);
  const AlarmView quiet = run.engine().view(0);
  EXPECT_EQ(quiet.condition, ConditionState::raised);
  EXPECT_TRUE(quiet.inhibited);
  EXPECT_FALSE(quiet.audible);
  EXPECT_EQ(quiet.inhibited_until.ns, 60 * kSecond);
  bool told = false;
  for (const Event& e : run.events()) {
    if (e.kind != EventKind::raised) continue;
    told = e.inhibited && e.until.ns == 60 * kSecond && e.inhibit == 0;
  }
  EXPECT_TRUE(told);
  run.samples(21, 60, 85);
  EXPECT_TRUE(run.engine().view(0).audible);
}

TEST(Leases, AButtonRestsAndWhoIsNotThereCannotPressIt) {
  Scenario run(lease_program());
  const auto why = [&] {
    const auto events = run.events();
    return events.empty() ? RejectWhy::none : events.back().why;
  };
  act(run, 1, CommandKind::press, Place::remote);
  EXPECT_EQ(why(), RejectWhy::not_at_bedside);
  act(run, 2, CommandKind::release);
  EXPECT_EQ(why(), RejectWhy::not_pressed);
  act(run, 3, CommandKind::press, Place::bedside, 9);
  EXPECT_EQ(why(), RejectWhy::no_button);
  act(run, 10, CommandKind::press);
  EXPECT_EQ(why(), RejectWhy::none);
  act(run, 20, CommandKind::release);
  EXPECT_EQ(why(), RejectWhy::none);
  act(run, 20 + 30 * kSecond - 1, CommandKind::press);
  EXPECT_EQ(why(), RejectWhy::resting);
  act(run, 20 + 30 * kSecond, CommandKind::press);
  EXPECT_EQ(why(), RejectWhy::none);
}

// Two presses without an instant between them would be one lease without an end.
TEST(Leases, APressAtTheVeryEndOfAnotherIsRefused) {
  Scenario run(lease_program({}));
  act(run, 0, CommandKind::press);
  act(run, 60 * kSecond, CommandKind::press);
  EXPECT_EQ(run.engine().pressed_until(0), kNever);
  act(run, 60 * kSecond + 1, CommandKind::press);
  EXPECT_EQ(run.engine().pressed_until(0).ns, 120 * kSecond + 1);
}

TEST(Leases, AGapOfUnknownLengthEndsEveryWindow) {
  for (const Gap gap : {Gap::known, Gap::unknown}) {
    Scenario run(lease_program());
    act(run, 0, CommandKind::press);
    run.samples(1, 20, 85);
    std::vector<std::byte> bytes;
    run.engine().snapshot(bytes);
    Scenario again(lease_program());
    ASSERT_TRUE(again.engine().restore(bytes));
    again.step(21 * kSecond, {.gap = gap});
    EXPECT_EQ(again.engine().view(0).audible, gap == Gap::unknown);
    EXPECT_EQ(again.engine().pressed_until(0) == kNever, gap == Gap::unknown);
  }
}

TEST(Leases, AfterPoisonAWindowKeepsItsEnd) {
  Scenario run(lease_program());
  act(run, 0, CommandKind::press);
  run.samples(1, 20, 85);
  std::vector<std::byte> bytes;
  run.engine().snapshot(bytes);
  Scenario again(lease_program(), {.start = {21 * kSecond}});
  ASSERT_TRUE(again.engine().restore_alarms_only(bytes));
  again.sample(21 * kSecond, 85);
  EXPECT_TRUE(again.engine().view(0).inhibited);
  again.samples(22, 60, 85);
  EXPECT_TRUE(again.engine().view(0).audible);
}

// Somebody takes the line out of the rules while it holds an alarm back: nothing would ever end it.
TEST(Leases, WhatNoRuleHoldsBackAnyMoreRingsAfterTheRestart) {
  Scenario run(lease_program());
  act(run, 0, CommandKind::press);
  run.samples(1, 20, 85);
  ASSERT_TRUE(run.engine().view(0).inhibited);
  std::vector<std::byte> bytes;
  run.engine().snapshot(bytes);
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.add_alarm(alarm_of("low", kHigh, b.hold_for(below(b, x, 90), span(seconds(5))),
                       b.hold_for(at_least(b, x, 92), span(seconds(5)))));
  Scenario again(*b.build());
  ASSERT_TRUE(again.engine().restore(bytes));
  again.sample(21 * kSecond, 85);
  EXPECT_EQ(again.story(), (Story{"21 low uninhibited"}));
  EXPECT_TRUE(again.engine().view(0).audible);
}

TEST(Leases, InhibitionsInACircleAreRefused) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto one = b.add_alarm(alarm_of("one", kMedium, below(b, x, 80)));
  const auto two = b.add_alarm(alarm_of("two", kMedium, below(b, x, 90)));
  b.add_inhibit(b.alarm_raised(one), {}, {.by = "one", .alarms = {two}});
  b.add_inhibit(b.alarm_raised(two), {}, {.by = "two", .alarms = {one}});
  const auto program = b.build();
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error(), "inhibitions in a circle, or not in their order");
}

}  // namespace
}  // namespace lamplight::engine
