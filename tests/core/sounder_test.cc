// The room hears what is open, sees what is open, and is told when the sounder itself is not to be
// relied on: what the core says to a sounder, and what it makes of its reports.
#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

Json annunciate(const House& house) { return Json::parse(house.core->annunciate_json()); }

const SounderReport kMissing{false, "", false, true, "no sounder is connected"};

TEST(Sounder, HearsWhoseAlarmItIsAndSeesItUntilItIsOver) {
  // The melody says where to look, and a light stays when the sound was stopped by hand.
  House house;
  house.boot();
  house.spo2_for(88, 12);
  Json now = annunciate(house);
  ASSERT_EQ(now["audible"].size(), 1U);
  EXPECT_EQ(now["audible"][0]["priority"], "high");
  EXPECT_EQ(now["audible"][0]["category"], "oxygen");
  ASSERT_EQ(now["visible"].size(), 1U);
  EXPECT_EQ(now["visible"][0]["signal"], "on");
  house.input(BedsideAct{7, 1, "Anna"});
  now = annunciate(house);
  EXPECT_EQ(now["audible"].size(), 0U);
  ASSERT_EQ(now["visible"].size(), 1U);
  EXPECT_EQ(now["visible"][0]["signal"], "acknowledged");
}

TEST(Sounder, IsAskedForOneReminderAndNotAgainByWhoeverAsks) {
  // Somebody who acknowledged and fell asleep is reminded once a minute, not with every message.
  House house;
  house.boot();
  house.spo2_for(88, 12);
  house.input(BedsideAct{7, 1, "Anna"});
  house.followers.clear();
  house.spo2_for(88, 62);
  size_t reminders = 0;
  for (const Json& f : house.followers) {
    if (f["type"] == "annunciate") reminders += f["remind"].size();
  }
  EXPECT_EQ(house.count("alarm.reminder"), 1U);
  EXPECT_EQ(reminders, 1U);
  EXPECT_EQ(annunciate(house)["remind"].size(), 0U);
}

TEST(Sounder, ASelfTestIsJournaledAndAFailedOneIsAnAlarmUntilOneHasPassed) {
  // A room that nobody can hear an alarm in is itself an alarm.
  House house;
  house.boot();
  house.spo2(97);
  house.input(SounderReport{true, "start", false, true, "cannot open sound device default"});
  const Json test = house.event("system.selfcheck");
  EXPECT_EQ(test["part"], "sounder");
  EXPECT_EQ(test["when"], "start");
  EXPECT_EQ(test["outcome"], "failed");
  EXPECT_EQ(test["text"], "cannot open sound device default");
  const Json raised = house.event("alarm.raised");
  EXPECT_EQ(raised["rule"], "sounder_failing");
  EXPECT_EQ(raised["class"], "technical");
  house.input(SounderReport{true, "change", true, false, "plays"});
  house.spo2_for(97, 7);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "sounder_failing");
  EXPECT_EQ(house.count("system.selfcheck"), 2U);
}

TEST(Sounder, OneThatIsGoneIsJournaledAndAlarmed) {
  // It died, and systemd did not bring it back.
  House house;
  house.boot();
  house.spo2(97);
  house.input(kMissing);
  EXPECT_EQ(house.event("system.process")["process"], "sounder");
  EXPECT_EQ(house.event("system.process")["what"], "failing");
  EXPECT_EQ(house.event("alarm.raised")["rule"], "sounder_failing");
}

TEST(Sounder, AnAlarmThatReadsNoSignalRingsAsWell) {
  // `when low < 88 percent` compares the plan alone: there is no role whose melody it could have.
  engine::ProgramBuilder b;
  b.name = "plan";
  engine::Limit low;
  low.name = "low";
  low.unit = "percent";
  low.step = {1, 1};
  low.base = 86;
  low.allowed_max = 100;
  const auto limit = b.add_limit(low);
  engine::Alarm alarm;
  alarm.id = "limit_is_low";
  alarm.title = b.add_literal("Low limit");
  alarm.rank = {Severity::reversible, Onset::prompt};
  const auto when = b.compare(engine::Linear{{}, {{limit, 1}}, -88},
                              {.text = b.add_literal("low < 88 percent"), .unit = "percent"});
  alarm.when = b.hold_for(when, {.literal = Duration{}, .limit = engine::kNone});
  b.add_alarm(alarm);
  auto program = b.build();
  ASSERT_TRUE(program) << program.error();
  House house(std::move(*program));
  house.boot();
  house.pass(seconds(1));
  const Json now = annunciate(house);
  ASSERT_EQ(now["audible"].size(), 1U);
  EXPECT_FALSE(now["audible"][0].contains("category"));
}

TEST(Sounder, TheMelodyIsThatOfTheFirstReadingWhereverItStands) {
  // `low < 80 or spo2 lost`: the first branch looks at no device, the second at the oximeter.
  engine::ProgramBuilder b;
  const auto spo2 = b.add_signal(oximeter_signal("spo2", "percent", 1000));
  engine::Limit low;
  low.name = "low";
  low.base = 86;
  low.allowed_max = 100;
  const auto limit = b.add_limit(low);
  engine::Alarm alarm;
  alarm.id = "either";
  alarm.title = b.add_literal("Either");
  alarm.rank = {Severity::reversible, Onset::prompt};
  alarm.when = b.either(
      b.compare(engine::Linear{{}, {{limit, 1}}, -80}, {.text = b.add_literal("low < 80")}),
      b.is_lost(spo2, {.text = b.add_literal("spo2 is lost")}));
  b.add_alarm(alarm);
  auto program = b.build();
  ASSERT_TRUE(program) << program.error();
  House house(std::move(*program));
  house.boot();
  house.pass(seconds(1));
  EXPECT_EQ(annunciate(house)["audible"].at(0)["category"], "oxygen");
}

TEST(Sounder, LivesTooShortToFindItAgainDoNotEndItsAlarm) {
  // Killed twice within seconds: nobody has said that the home sounds again.
  House house;
  house.boot();
  house.spo2(97);
  house.input(kMissing);
  house.commit();
  for (int life = 0; life < 4; ++life) {
    house.crash();
    house.boot();
    house.spo2_for(97, 2);
    EXPECT_EQ(house.count("alarm.cleared"), 0U) << life;
  }
  EXPECT_TRUE(house.is_open("sounder_failing"));
  house.input(SounderReport{false, "", false, false, "the sounder works"});
  EXPECT_EQ(house.event("system.process")["what"], "steady");
  house.spo2_for(97, 7);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "sounder_failing");
  EXPECT_EQ(house.count("alarm.raised"), 1U);
}

TEST(Sounder, OneThatWorksAsBeforeIsNoEvent) {
  // The watch says its first finding at every start; the record is not told each time.
  House house;
  house.boot();
  house.spo2(97);
  house.input(SounderReport{false, "", false, false, "the sounder works"});
  house.spo2_for(97, 7);
  EXPECT_EQ(house.count("system.process"), 0U);
  EXPECT_EQ(house.count("alarm.raised"), 0U);
}

TEST(Sounder, ACrashOfTheCoreNeitherForgetsNorRepeatsItsAlarm) {
  // The watch of the next life finds the same within 4 s: one occurrence, not two.
  House house;
  house.boot();
  house.spo2(97);
  house.input(kMissing);
  house.commit();
  house.crash();
  house.boot();
  house.input(kMissing, seconds(4));
  house.spo2_for(97, 10);
  EXPECT_EQ(house.count("alarm.raised"), 1U);
  EXPECT_EQ(house.count("alarm.cleared"), 0U);
}

}  // namespace
}  // namespace lamplight::core
