// A sounder that died, hangs or lost its card must be an alarm within seconds, and one that was
// never wanted must be none.
#include "gateway/sounder_watch.h"

#include <gtest/gtest.h>

namespace lamplight {
namespace {

constexpr MonoTime kStart{1'000'000'000'000};

TEST(SounderWatch, WithoutOneConfiguredNobodyIsMissed) {
  SounderWatch watch(false, kStart);
  EXPECT_FALSE(watch.on_time(kStart + hours(1)));
}

TEST(SounderWatch, OneThatIsConfiguredIsMissedAfterFourSecondsAndOnce) {
  SounderWatch watch(true, kStart);
  EXPECT_FALSE(watch.on_time(kStart + milliseconds(3999)));
  const auto report = watch.on_time(kStart + seconds(4));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->failing);
  EXPECT_FALSE(report->is_test);
  EXPECT_EQ(report->text, "no sounder is connected");
  EXPECT_FALSE(watch.on_time(kStart + seconds(60)));
  watch.heartbeat(7, kStart + seconds(61));
  const auto back = watch.on_time(kStart + seconds(61));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->failing);
}

TEST(SounderWatch, ANewCoreIsToldAgainWhatFailsAndNothingOfWhatWorks) {
  // The record opened late and was not replayed: nobody who decides knows of the first report.
  SounderWatch watch(true, kStart);
  watch.report_again();
  EXPECT_FALSE(watch.on_time(kStart + seconds(1)));
  ASSERT_TRUE(watch.on_time(kStart + seconds(4)));
  EXPECT_FALSE(watch.on_time(kStart + seconds(5)));
  watch.report_again();
  const auto report = watch.on_time(kStart + seconds(6));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->failing);
  EXPECT_FALSE(watch.on_time(kStart + seconds(7)));
}

TEST(SounderWatch, ARestartWithinFourSecondsIsNoNews) {
  SounderWatch watch(true, kStart);
  watch.heartbeat(1, kStart);
  watch.went(1, kStart + seconds(10));
  EXPECT_FALSE(watch.on_time(kStart + seconds(13)));
  watch.heartbeat(2, kStart + seconds(13));
  EXPECT_FALSE(watch.on_time(kStart + seconds(16)));
}

TEST(SounderWatch, OneThatHangsIsFailingWhetherConfiguredOrNot) {
  for (const bool is_required : {false, true}) {
    SounderWatch watch(is_required, kStart);
    watch.heartbeat(1, kStart);
    const auto report = watch.on_time(kStart + seconds(4));
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->failing);
    EXPECT_EQ(report->text, "the sounder does not answer");
  }
}

TEST(SounderWatch, OneThatDoesNotSoundWhatItMustIsFailingUntilItSounds) {
  SounderWatch watch(false, kStart);
  watch.heartbeat(1, kStart);
  watch.must_sound(true, kStart);
  watch.heartbeat(1, kStart + milliseconds(1999));
  EXPECT_FALSE(watch.on_time(kStart + milliseconds(1999)));
  const auto report = watch.on_time(kStart + seconds(2));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->text, "the sounder did not sound");
  watch.signalled(1, kStart + seconds(3));
  EXPECT_FALSE(watch.on_time(kStart + seconds(3))->failing);
  watch.must_sound(true, kStart + seconds(4));  // another alarm beside the first: no new debt
  watch.heartbeat(1, kStart + seconds(6));
  EXPECT_FALSE(watch.on_time(kStart + seconds(7)));
}

TEST(SounderWatch, OneThatComesWhileSomethingRingsMustSoundItToo) {
  // A sounder that was plugged in, or found us again after our death, and stays mute.
  SounderWatch watch(false, kStart);
  watch.must_sound(true, kStart);
  watch.heartbeat(1, kStart + seconds(60));
  watch.heartbeat(1, kStart + seconds(61));
  EXPECT_FALSE(watch.on_time(kStart + milliseconds(61'999)));
  const auto report = watch.on_time(kStart + seconds(62));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->text, "the sounder did not sound");
  watch.signalled(1, kStart + seconds(63));
  EXPECT_FALSE(watch.on_time(kStart + seconds(63))->failing);
  watch.signalled(2, kStart + seconds(64));  // its first word
  watch.heartbeat(1, kStart + seconds(67));
  watch.heartbeat(2, kStart + seconds(67));
  EXPECT_FALSE(watch.on_time(kStart + seconds(67)));
}

TEST(SounderWatch, AnAlarmThatEndedAtOnceIsNotOwed) {
  SounderWatch watch(false, kStart);
  watch.heartbeat(1, kStart);
  watch.must_sound(true, kStart);
  watch.must_sound(false, kStart + milliseconds(10));
  EXPECT_FALSE(watch.on_time(kStart + seconds(3)));
}

TEST(SounderWatch, AnotherThatWorksDoesNotHideTheOneThatFailed) {
  SounderWatch watch(true, kStart);
  EXPECT_TRUE(watch.tested(1, "start", false, "no card", kStart).failing);
  EXPECT_TRUE(watch.tested(2, "start", true, "plays", kStart + seconds(1)).failing);
  EXPECT_FALSE(watch.tested(1, "change", true, "plays", kStart + seconds(2)).failing);
}

TEST(SounderWatch, AFailedOneThatWasTakenAwayIsForgotten) {
  SounderWatch watch(false, kStart);
  EXPECT_TRUE(watch.tested(1, "start", false, "", kStart).failing);
  watch.went(1, kStart + seconds(1));
  const auto report = watch.on_time(kStart + seconds(1));
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->failing);
}

}  // namespace
}  // namespace lamplight
