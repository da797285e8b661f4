// A sounder that died, hangs or lost its card must be an alarm within seconds, and one that was
// never wanted must be none.
#include "gateway/sounder_watch.h"

#include <gtest/gtest.h>

namespace lamplight {
namespace {

constexpr MonoTime kStart{1'000'000'000'000};

TEST(SounderWatch, WithoutOneConfiguredNobodyIsMissed) {
  SounderWatch watch(false, kStart);
  EXPECT_FALSE(watch.on_time(kStart + milliseconds(3999))) << "one may still come";
  const auto report = watch.on_time(kStart + seconds(4));
  ASSERT_TRUE(report) << "a life before us may have left the alarm of one that is gone";
  EXPECT_FALSE(report->failing);
  EXPECT_EQ(report->text, "no sounder need be connected");
  EXPECT_FALSE(watch.on_time(kStart + hours(1)));
}

TEST(SounderWatch, TheFirstFindingIsToldEitherWayOnceItIsKnown) {
  // Until then the core goes on with what the life before us had found.
  for (const bool is_required : {false, true}) {
    SounderWatch watch(is_required, kStart);
    EXPECT_FALSE(watch.on_time(kStart + seconds(1)));
    watch.heartbeat(1, kStart + seconds(2));
    const auto report = watch.on_time(kStart + seconds(2));
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->failing);
    EXPECT_EQ(report->text, "the sounder works");
    watch.heartbeat(1, kStart + seconds(5));
    EXPECT_FALSE(watch.on_time(kStart + seconds(5))) << "once";
  }
}

TEST(SounderWatch, ScreensAreToldHowManyAreThereAndWhenTheyWereHeard) {
  SounderWatch watch(true, kStart);
  EXPECT_EQ(watch.view(kStart).connected, 0U);
  watch.heartbeat(1, kStart);
  watch.heartbeat(2, kStart + seconds(1));
  const auto view = watch.view(kStart + seconds(2));
  EXPECT_EQ(view.connected, 2U);
  EXPECT_EQ(view.heard_ago, seconds(2)) << "the one that was heard longest ago";
  EXPECT_EQ(view.trouble, "");
  EXPECT_EQ(watch.view(kStart + seconds(4)).trouble, "the sounder does not answer");
  watch.went(1, kStart + seconds(2));
  EXPECT_EQ(watch.view(kStart + seconds(2)).connected, 1U);
}

TEST(SounderWatch, OneThatIsBackAndStillMuteIsNotSaidToWork) {
  // A core that is killed every two seconds must not hear "works" in each of its lives.
  SounderWatch watch(true, kStart);
  watch.must_sound(true, kStart);
  watch.heartbeat(1, kStart + milliseconds(100));
  EXPECT_FALSE(watch.on_time(kStart + seconds(1)));
  watch.signalled(1, kStart + milliseconds(1100));
  const auto report = watch.on_time(kStart + milliseconds(1100));
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->failing);
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

TEST(SounderWatch, ANewCoreIsToldAgainWhetherItFailsOrWorks) {
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
  watch.heartbeat(1, kStart + seconds(8));
  ASSERT_TRUE(watch.on_time(kStart + seconds(8)));
  watch.report_again();
  const auto works = watch.on_time(kStart + seconds(9));
  ASSERT_TRUE(works);
  EXPECT_FALSE(works->failing);
}

TEST(SounderWatch, ARestartWithinFourSecondsIsNoNews) {
  SounderWatch watch(true, kStart);
  watch.heartbeat(1, kStart);
  ASSERT_TRUE(watch.on_time(kStart));
  watch.heartbeat(1, kStart + seconds(10));
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
  ASSERT_TRUE(watch.on_time(kStart));
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
  EXPECT_EQ(report->text, "the sounder was taken away") << "nothing works that is not there";
}

// Comes, hears what it must sound, and dies of it.
void die_once(SounderWatch& watch, uint64_t key, MonoTime at) {
  watch.heartbeat(key, at);
  watch.went(key, at + milliseconds(100));
}

TEST(SounderWatch, OneThatDiesEachTimeItMustSoundIsFailingAfterFourSeconds) {
  for (const bool is_required : {false, true}) {
    SounderWatch watch(is_required, kStart);
    watch.heartbeat(1, kStart);
    watch.must_sound(true, kStart);
    watch.went(1, kStart + milliseconds(100));
    // Too seldom to be counted as one that keeps ending.
    for (const int64_t ms : {900, 1800, 2700}) {
      EXPECT_FALSE(watch.on_time(kStart + milliseconds(ms)));
      die_once(watch, static_cast<uint64_t>(ms), kStart + milliseconds(ms));
    }
    watch.heartbeat(9, kStart + milliseconds(3900));
    EXPECT_FALSE(watch.on_time(kStart + milliseconds(3999)));
    const auto report = watch.on_time(kStart + seconds(4));
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->failing);
    EXPECT_EQ(report->text, "the sounder did not sound");
    watch.went(9, kStart + milliseconds(4001));
    EXPECT_FALSE(watch.on_time(kStart + milliseconds(4002))) << "its end is no news";
    watch.signalled(10, kStart + seconds(5));
    const auto back = watch.on_time(kStart + seconds(5));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text, "the sounder works again");
  }
}

TEST(SounderWatch, ARestartThatSoundsWithinFourSecondsIsNoNews) {
  SounderWatch watch(false, kStart);
  watch.heartbeat(1, kStart);
  ASSERT_TRUE(watch.on_time(kStart));
  watch.must_sound(true, kStart);
  watch.went(1, kStart + milliseconds(100));
  watch.heartbeat(2, kStart + milliseconds(3700));
  EXPECT_FALSE(watch.on_time(kStart + milliseconds(3700)));
  watch.signalled(2, kStart + milliseconds(3900));
  watch.heartbeat(2, kStart + seconds(6));
  EXPECT_FALSE(watch.on_time(kStart + seconds(8)));
}

TEST(SounderWatch, WhatIsOwedByOneThatIsGoneEndsWithTheAlarm) {
  SounderWatch watch(false, kStart);
  watch.heartbeat(1, kStart);
  ASSERT_TRUE(watch.on_time(kStart));
  watch.must_sound(true, kStart);
  watch.went(1, kStart + milliseconds(100));
  watch.must_sound(false, kStart + seconds(3));
  EXPECT_FALSE(watch.on_time(kStart + seconds(5)));
  watch.must_sound(true, kStart + seconds(6));
  EXPECT_FALSE(watch.on_time(kStart + seconds(60))) << "nobody is there, and nobody need be";
}

TEST(SounderWatch, AnotherThatSoundsDoesNotPayForOneThatDied) {
  SounderWatch watch(false, kStart);
  watch.heartbeat(1, kStart);
  watch.heartbeat(2, kStart);
  watch.must_sound(true, kStart);
  watch.went(2, kStart + milliseconds(100));
  watch.signalled(1, kStart + milliseconds(200));
  watch.heartbeat(1, kStart + seconds(3));
  ASSERT_TRUE(watch.on_time(kStart + seconds(4)));
}

TEST(SounderWatch, MoreThanFiveEndsInAMinuteAreFailingHoweverSoonItIsBack) {
  // It sounds each time, and dies in the middle of it.
  for (const bool is_required : {false, true}) {
    SounderWatch watch(is_required, kStart);
    watch.must_sound(true, kStart);
    for (int i = 0; i < 6; ++i) {
      const MonoTime at = kStart + seconds(i);
      EXPECT_FALSE(watch.on_time(at));
      watch.signalled(static_cast<uint64_t>(i + 1), at);
      watch.went(static_cast<uint64_t>(i + 1), at + milliseconds(500));
    }
    const auto report = watch.on_time(kStart + milliseconds(5500));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->text, "the sounder keeps ending");
    watch.signalled(7, kStart + seconds(6));
    watch.heartbeat(7, kStart + seconds(60));
    EXPECT_FALSE(watch.on_time(kStart + seconds(60)));
    const auto back = watch.on_time(kStart + milliseconds(60'500));
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->failing);
  }
}

TEST(SounderWatch, OneThatHangsAndIsCutOffDoesNotWorkAgain) {
  // Its queue is full after hours; whether one must be there or not, it is still silent.
  for (const bool is_required : {false, true}) {
    SounderWatch watch(is_required, kStart);
    watch.heartbeat(1, kStart);
    ASSERT_TRUE(watch.on_time(kStart + seconds(4)));
    watch.went(1, kStart + hours(3));
    EXPECT_FALSE(watch.on_time(kStart + hours(3)));
    EXPECT_FALSE(watch.on_time(kStart + hours(5)));
    watch.heartbeat(2, kStart + hours(6));
    const auto back = watch.on_time(kStart + hours(6));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text, "the sounder works again");
  }
}

}  // namespace
}  // namespace lamplight
