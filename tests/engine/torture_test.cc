// The torture suite (language, section 9), on the engine itself: each case is a way in which known
// engines fail a child. T5d is the replay's (malformed text).
#include <gtest/gtest.h>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

class Torture : public ::testing::Test {
 protected:
  Scenario run{torture_program()};
  void end(int64_t s) { run.step(s * kSecond); }
  Story story() { return run.story(); }
};

TEST_F(Torture, T1aProbeOffNeverClearsALowAlarm) {
  run.samples(0, 9, 97);
  run.samples(10, 29, 88);
  run.missing(30 * kSecond, Reason::probe_off);
  end(600);
  EXPECT_EQ(story(),
            (Story{"20 low raised", "30 low unconfirmed (probe_off)", "50 lost.spo2 raised"}));
}

TEST_F(Torture, T1bSilenceNeverClearsALowAlarm) {
  run.samples(0, 9, 97);
  run.samples(10, 29, 88);
  end(600);
  EXPECT_EQ(story(), (Story{"20 low raised", "34 low unconfirmed (stale)", "54 lost.spo2 raised"}));
}

TEST_F(Torture, T1cReadingsThatReturnConfirmAndThenClear) {
  run.samples(0, 9, 97);
  run.samples(10, 29, 88);
  run.missing(30 * kSecond, Reason::probe_off);
  run.samples(60, 90, 95);
  end(600);
  EXPECT_EQ(story(), (Story{"20 low raised", "30 low unconfirmed (probe_off)",
                            "50 lost.spo2 raised", "60 low confirmed", "65 low cleared",
                            "65 lost.spo2 cleared", "115 lost.spo2 raised"}));
}

TEST_F(Torture, T2OneSecondOfEvidenceIsNotTen) {
  run.samples(0, 9, 97);
  run.sample(10 * kSecond, 88);
  end(600);
  EXPECT_EQ(story(), (Story{"35 lost.spo2 raised"}));
}

TEST_F(Torture, T3aNothingIsTrueBeforeTheStart) {
  run.samples(0, 30, 88);
  EXPECT_EQ(story(), (Story{"10 low raised"}));
}

TEST_F(Torture, T3bTheDelayCountsFromTheFirstSampleNotFromASecond) {
  Scenario late(torture_program(), {.start = {400'000'000}});
  for (int64_t s = 0; s <= 30; ++s) late.sample(s * kSecond + 400'000'000, 88);
  EXPECT_EQ(late.story(), (Story{"10.4 low raised"}));
}

TEST_F(Torture, T3cADeathOfASecondNeitherLosesNorRestartsADelay) {
  run.samples(0, 5, 88);
  std::vector<std::byte> bytes;
  run.engine().snapshot(bytes);
  Scenario again(torture_program());
  ASSERT_TRUE(again.engine().restore(bytes));
  again.step(5'900'000'000, {.gap = Gap::known});
  again.samples(6, 30, 88);
  EXPECT_EQ(again.story(), (Story{"10 low raised"}));
}

TEST_F(Torture, T3dWithoutSnapshotTheDelayStartsAnew) {
  Scenario again(torture_program(), {.start = {5'900'000'000}});
  again.samples(6, 30, 88);
  EXPECT_EQ(again.story(), (Story{"16 low raised"}));
}

TEST_F(Torture, T4SparseSamplesAreSilenceNotALongLow) {
  for (int64_t s = 0; s <= 6000; s += 600) run.sample(s * kSecond, 88);
  EXPECT_EQ(story(), (Story{"25 lost.spo2 raised"}));
}

TEST_F(Torture, T5aAShortHoleHoldsTheValue) {
  run.samples(0, 9, 97);
  run.samples(10, 14, 88);
  run.samples(18, 30, 88);
  EXPECT_EQ(story(), (Story{"20 low raised"}));
}

TEST_F(Torture, T5bALongHoleRestartsTheDelay) {
  run.samples(0, 9, 97);
  run.samples(10, 14, 88);
  run.samples(25, 40, 88);
  EXPECT_EQ(story(), (Story{"35 low raised"}));
}

TEST_F(Torture, T5cASentinelIsNoHealthyReading) {
  run.samples(0, 9, 97);
  run.samples(10, 30, 255);
  EXPECT_EQ(story(), (Story{"30 lost.spo2 raised"}));
  EXPECT_TRUE(run.events().back().reasons.has(Reason::out_of_range));
}

TEST_F(Torture, T6NoDataEverRings) {
  run.step(0);
  end(600);
  EXPECT_EQ(story(), (Story{"20 lost.spo2 raised"}));
  EXPECT_TRUE(run.events().front().reasons.has(Reason::never));
}

TEST_F(Torture, T7aTheTimerRingsWithoutASample) {
  run.samples(0, 9, 97);
  run.samples(10, 19, 88);
  end(600);
  EXPECT_EQ(story(), (Story{"20 low raised", "24 low unconfirmed (stale)", "44 lost.spo2 raised"}));
}

TEST_F(Torture, T7bStaleBeforeTheDelayNeverRings) {
  run.samples(0, 9, 97);
  run.samples(10, 14, 88);
  end(600);
  EXPECT_EQ(story(), (Story{"39 lost.spo2 raised"}));
}

TEST_F(Torture, T7cAnInvalidSampleOnTheDeadlinePreventsTheAlarm) {
  run.samples(0, 9, 97);
  run.samples(10, 19, 88);
  run.missing(20 * kSecond, Reason::probe_off);
  end(600);
  EXPECT_EQ(story(), (Story{"40 lost.spo2 raised"}));
}

TEST_F(Torture, T7dARecoveryOnTheDeadlinePreventsTheAlarm) {
  run.samples(0, 9, 97);
  run.samples(10, 19, 88);
  run.samples(20, 40, 97);
  EXPECT_EQ(story(), Story{});
}

// T8: the wall clock reaches the engine only as a set of active profiles.
class ProfileSwitch : public Torture {
 protected:
  // 0..9: 97, then `low` to 30 s, with the profile set changing at 15 s.
  Story night_from_15(int32_t low, ProfileSet before, ProfileSet after) {
    Scenario r(torture_program(), {.start = {0}, .devices = {}, .profiles = before});
    r.samples(0, 9, 97);
    r.samples(10, 14, low);
    const InputSample s{{15 * kSecond}, low, 0, Quality::ok, Reason::none};
    r.step(15 * kSecond, {.samples = {&s, 1}, .profiles = after});
    r.samples(16, 30, low);
    return r.story();
  }
};

TEST_F(ProfileSwitch, T8aWithoutASwitchNothingChanges) {
  EXPECT_EQ(night_from_15(85, 0, 0), (Story{"20 low raised"}));
}
TEST_F(ProfileSwitch, T8bALimitThatMovesAwayEndsTheRun) {
  EXPECT_EQ(night_from_15(89, 0, 1), Story{});
}
TEST_F(ProfileSwitch, T8cARunThatHoldsUnderBothLimitsIsKept) {
  EXPECT_EQ(night_from_15(85, 0, 1), (Story{"20 low raised"}));
}
TEST_F(ProfileSwitch, T8dARunBeginsWithTheLimitNeverBefore) {
  EXPECT_EQ(night_from_15(89, 1, 0), (Story{"25 low raised"}));
}

}  // namespace
}  // namespace lamplight::engine
