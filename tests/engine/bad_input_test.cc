// What no protocol promises will come all the same: two carers press at once, clocks of devices
// run ahead and behind, samples repeat. Whatever it is, it must not quiet an alarm, make one up, or
// stop the watch.
#include <gtest/gtest.h>

#include <array>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

// Buttons `care` (60 s) and `suction` (30 s) both hold back `low`; `floor` is held back by nothing.
Program two_windows() {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto care = b.add_button({"care", seconds(60), seconds(30)});
  const auto suction = b.add_button({"suction", seconds(30), seconds(30)});
  const auto low = b.add_alarm(
      alarm_of("low", kHigh, below(b, x, 90), b.hold_for(at_least(b, x, 92), span(seconds(5)))));
  Alarm floor = alarm_of("floor", kHigh, below(b, x, 80));
  floor.never_inhibited = true;
  b.add_alarm(floor);
  b.add_inhibit(b.pressed(care), {}, {.button = care, .by = "care", .alarms = {low}});
  b.add_inhibit(b.pressed(suction), {}, {.button = suction, .by = "suction", .alarms = {low}});
  return *b.build();
}

// Two people, two buttons, one instant.
void press_both(Scenario& run, int64_t ns) {
  const auto ana = make_actor("ana", "nurse", Place::bedside);
  const std::array both = {Command{CommandKind::press, 0, 0, ana, 1, {}},
                           Command{CommandKind::press, 0, 1, ana, 2, {}}};
  run.step(ns, {.commands = both});
}

TEST(TwoWindows, TheLaterEndCountsAndNeitherIsLengthened) {
  Scenario run(two_windows());
  run.samples(0, 4, 95);
  press_both(run, 5 * kSecond);
  EXPECT_EQ(run.engine().pressed_until(0).ns, 65 * kSecond);
  EXPECT_EQ(run.engine().pressed_until(1).ns, 35 * kSecond);
  run.samples(6, 70, 88);
  EXPECT_EQ(run.story(), (Story{"6 low raised", "65 low uninhibited"}));
  EXPECT_TRUE(run.engine().view(0).audible);
}

TEST(TwoWindows, ReleasingOneLeavesTheOther) {
  Scenario run(two_windows());
  run.samples(0, 4, 88);
  press_both(run, 5 * kSecond);
  EXPECT_EQ(run.engine().view(0).inhibited_until.ns, 65 * kSecond);
  run.press(6 * kSecond, 0, true);
  EXPECT_TRUE(run.engine().view(0).inhibited);
  EXPECT_EQ(run.engine().view(0).inhibited_until.ns, 35 * kSecond);
  run.press(7 * kSecond, 1, true);
  EXPECT_TRUE(run.engine().view(0).audible);
}

TEST(TwoWindows, TheFloorRingsThroughBothAndTheyGoOn) {
  Scenario run(two_windows());
  run.samples(0, 4, 88);
  press_both(run, 5 * kSecond);
  run.sample(6 * kSecond, 75);
  EXPECT_FALSE(run.engine().view(0).audible);
  EXPECT_TRUE(run.engine().view(1).audible);
  EXPECT_EQ(run.engine().pressed_until(0).ns, 65 * kSecond) << "no alarm ends a press";
}

// A thousand presses, each answered, none of which moves the end; and rest means rest.
TEST(TwoWindows, AThousandPressesOfBothAreAnsweredAndChangeNothing) {
  Scenario run(two_windows());
  press_both(run, kSecond);
  run.events();
  size_t refused = 0;
  for (int i = 0; i < 500; ++i) {
    press_both(run, 2 * kSecond + i);
    for (const Event& e : run.events()) {
      refused += e.why == RejectWhy::already_pressed ? 1U : 0U;
    }
  }
  EXPECT_EQ(refused, 1000U);
  EXPECT_EQ(run.engine().pressed_until(0).ns, 61 * kSecond);
  run.step(62 * kSecond);
  EXPECT_EQ(run.press(63 * kSecond, 0), RejectWhy::resting);
  EXPECT_EQ(run.engine().rests_until(0).ns, 91 * kSecond);
  EXPECT_EQ(run.engine().rests_until(1), kNever) << "it ended at 31 s and has rested";
}

// ---- samples

Program low_and_lost() {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.add_alarm(alarm_of("low", kHigh, b.hold_for(below(b, x, 90), span(seconds(3))),
                       b.hold_for(at_least(b, x, 92), span(seconds(2)))));
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(20)), lost);
  return *b.build();
}

InputSample sample_of(int64_t measured_s, int32_t value) {
  return {{measured_s * kSecond}, value, 0, Quality::ok, Reason::none};
}

TEST(OddSamples, OfOneInstantTheLastCounts) {
  for (const bool low_last : {false, true}) {
    Scenario run(low_and_lost());
    for (int64_t t = 0; t < 8; ++t) {
      const std::array both = {sample_of(t, low_last ? 95 : 85), sample_of(t, low_last ? 85 : 95)};
      run.step(t * kSecond, {.samples = both});
    }
    EXPECT_EQ(run.story(), low_last ? Story{"3 low raised"} : Story{});
    EXPECT_EQ(run.engine().counters().samples, 16U);
  }
}

// Delivered late, or twice: it is in the record and decides nothing.
TEST(OddSamples, ALateOneNeitherRaisesNorClears) {
  Scenario run(low_and_lost());
  run.samples(0, 4, 85);
  ASSERT_EQ(run.story(), (Story{"3 low raised"}));
  for (int64_t t = 5; t < 30; ++t) {
    const std::array both = {sample_of(t, 85), sample_of(t - 1, 99)};
    run.step(t * kSecond, {.samples = both});
  }
  EXPECT_EQ(run.story(), Story{});
  EXPECT_EQ(run.engine().counters().late, 25U);
  const std::array ancient = {sample_of(1, 99)};
  run.step(200 * kSecond, {.samples = ancient});
  EXPECT_EQ(run.engine().counters().late, 26U);
  EXPECT_FALSE(run.engine().signal_view(0).valid);
}

// A device whose clock runs ahead must not stay valid for ever, nor shut out its own next samples.
TEST(OddSamples, OneFromTheFutureIsOfNow) {
  Scenario run(low_and_lost());
  const std::array ahead = {sample_of(1'000'000, 85)};
  run.step(0, {.samples = ahead});
  EXPECT_EQ(run.engine().counters().clamped, 1U);
  EXPECT_EQ(run.engine().signal_view(0).measured_at.ns, 0);
  run.step(60 * kSecond);
  EXPECT_EQ(run.story(),
            (Story{"3 low raised", "5 low unconfirmed (stale)", "25 lost.spo2 raised"}));
  run.samples(61, 70, 95);
  EXPECT_FALSE(run.engine().view(0).condition == ConditionState::raised);
  EXPECT_TRUE(run.engine().signal_view(0).valid);
}

TEST(OddSamples, AThousandOfOneInstantCostNoEventAndNoState) {
  Scenario run(low_and_lost());
  run.sample(0, 95);
  std::vector<InputSample> flood(1000, sample_of(1, 95));
  for (size_t i = 0; i < flood.size(); ++i) flood[i].value = i % 2 == 0 ? 85 : 95;
  run.step(kSecond, {.samples = flood});
  run.samples(2, 10, 95);
  EXPECT_EQ(run.full_story(), Story{});
}

}  // namespace
}  // namespace lamplight::engine
