// What the record and the care team must find in an alarm's events, and the home at once.
#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

// Below 90 by day, below 88 by night, for 10 s; when it is night is the caller's word. The limit
// counts in tenths, or ten times finer, as it does for a plan that says 90.55 percent.
engine::Program program_with_a_night(int64_t finer = 1, int64_t more = 0) {
  engine::ProgramBuilder b;
  const auto spo2 = b.add_signal(oximeter_signal("spo2", "percent", 1000));
  b.add_profile({.name = "night", .start_minute = 21 * 60, .end_minute = 7 * 60});
  engine::Limit low;
  low.name = "spo2_low";
  low.unit = "percent";
  low.step = {1, 10 * finer};
  low.decimals = 1;
  low.base = 900 * finer + more;
  low.allowed_min = 800 * finer;
  low.allowed_max = 950 * finer;
  low.at = {880 * finer};
  const auto limit = b.add_limit(low);
  const auto is_low = b.compare(engine::Linear{{{spo2, finer}}, {{limit, -1}}, 0},
                                {.text = b.add_literal("spo2 < spo2_low"),
                                 .step = {1, 10 * finer},
                                 .decimals = 1,
                                 .unit = "percent"});
  engine::Alarm oxygen;
  oxygen.id = "oxygen_low";
  oxygen.title = b.add_literal("Oxygen low");
  oxygen.rank = {Severity::irreversible, Onset::prompt};
  oxygen.when = b.hold_for(is_low, {.literal = seconds(10), .limit = engine::kNone});
  b.add_alarm(oxygen);
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

TEST(AlarmEvents, RaisedBearsEveryRequiredField) {
  // A nurse who reads only this message must know what, since when, how bad, and what to do.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 3);
  house.spo2_for(88.5, 11);
  const Json raised = house.event("alarm.raised");
  ASSERT_FALSE(raised.is_null());
  for (const char* key : {"v",
                          "home",
                          "boot",
                          "store_id",
                          "seq",
                          "lane",
                          "at",
                          "clock",
                          "mono_ms",
                          "durable",
                          "occurrence",
                          "rule",
                          "rules_version",
                          "plan_version",
                          "priority",
                          "severity",
                          "onset",
                          "class",
                          "t",
                          "emitted",
                          "evidence",
                          "flaps",
                          "again",
                          "previous",
                          "template",
                          "args",
                          "measured_at",
                          "received_at",
                          "condition_at",
                          "signalled_at",
                          "phase",
                          "state",
                          "inactivation",
                          "device",
                          "signal",
                          "value",
                          "limit",
                          "unit",
                          "validity"}) {
    EXPECT_TRUE(raised.contains(key)) << key;
  }
  EXPECT_EQ(raised["rule"], "oxygen_low");
  EXPECT_EQ(raised["priority"], "high");
  EXPECT_EQ(raised["acm_priority"], "PH");
  EXPECT_EQ(raised["phase"], "start");
  EXPECT_EQ(raised["value"], 885);
  EXPECT_EQ(raised["limit"], 900);
  EXPECT_EQ(raised["device"], "ox1");
  EXPECT_EQ(raised["plan_version"], 3);
  EXPECT_EQ(raised["evidence"]["atoms"].size(), 1U);
  EXPECT_EQ(raised["text"], "Oxygen of the child is low.");
  EXPECT_EQ(raised["template"], "Oxygen of {child} is low.");
  EXPECT_FALSE(raised["signalled_at"].is_null());
  EXPECT_FALSE(raised["measured_at"].is_null());
  const auto live = house.sent_on("alarm/1");
  ASSERT_GE(live.size(), 1U);
  EXPECT_EQ(live[0].payload, raised);
}

TEST(AlarmEvents, ALimitFinerThanTheSignalLeavesTheReadingAsItIs) {
  // 88.5 percent was published as 885 percent to a nurse whose plan had one more decimal.
  for (const int64_t more : {0, 55}) {
    House house(program_with_a_night(10, more));
    house.boot();
    house.spo2_for(88.5, 12);
    const Json raised = house.event("alarm.raised");
    ASSERT_FALSE(raised.is_null());
    EXPECT_EQ(raised["value"], 885);
    // 90.55 percent is no reading that the oximeter can have; the evidence says it in words.
    EXPECT_EQ(raised.value("limit", 0), more == 0 ? 900 : 0);
  }
}

TEST(AlarmEvents, AStepThatIsNoPowerOfTenIsToldAsItIs) {
  // 88.5 percent in steps of 0.05 was published as 1770 steps of 0.01.
  engine::Program program = program_with_a_night();
  program.signals[0].step = {1, 20};
  program.signals[0].decimals = 2;
  program.signals[0].multiplier = 2;
  program.signals[0].max = 2000;
  program.limits[0].step = {1, 20};
  program.limits[0].base = 1800;
  program.limits[0].at = {1760};
  House house(program);
  house.boot();
  house.spo2_for(88.5, 12);
  const Json raised = house.event("alarm.raised");
  ASSERT_FALSE(raised.is_null());
  EXPECT_EQ(raised["value"], 1770);
  EXPECT_EQ(raised["limit"], 1800);
  EXPECT_EQ(raised["step"], 0.05);
}

TEST(AlarmEvents, TheInstantOfTheSoundMovesToTheClockOfTheNextBoot) {
  // Who asks next morning how long it took to ring must not find a moment that is still to come.
  House house;
  house.boot();
  house.spo2_for(88.5, 12);
  const Json raised = house.event("alarm.raised");
  ASSERT_FALSE(raised["signalled_at"].is_null());
  const auto took = [](const Json& event) {
    return event["signalled_at"].get<int64_t>() - event["condition_at"].get<int64_t>();
  };
  house.settle();
  house.power_cut("boot-b");
  house.followers.clear();
  house.boot();
  house.input(BedsideAct{1, raised["occurrence"], "Anna"});
  const Json later = house.event("alarm.acknowledged");
  ASSERT_FALSE(later.is_null());
  EXPECT_EQ(later["occurrence"], raised["occurrence"]);
  EXPECT_EQ(took(later), took(raised));
  EXPECT_LT(later["signalled_at"].get<int64_t>(), later["emitted"].get<int64_t>());
}

TEST(AlarmEvents, SoundLeavesInTheStepThatRaises) {
  // The child's room must hear it whatever the disk does.
  House house;
  house.boot();
  house.auto_commit = false;
  house.spo2_for(97, 2);
  house.followers.clear();
  house.spo2_for(88, 11);
  Json audible;
  for (const Json& f : house.followers) {
    if (f["type"] == "annunciate") audible = f["audible"];
  }
  bool sounds = false;  // beside record_failing, which the silent disk has raised by now
  for (const Json& alarm : audible) sounds = sounds || alarm["rule"] == "oxygen_low";
  EXPECT_TRUE(sounds);
}

TEST(AlarmEvents, NameOfThePlanLeavesNothing) {
  // No child's name in any message, whatever happened.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(88, 14);
  house.input(BedsideAct{7, 1, "Grandma Ruth"});
  house.spo2_for(97, 8);
  house.pass(seconds(70));
  ASSERT_GT(house.every_message.size(), 20U);
  for (const std::string& text : house.every_message) {
    EXPECT_EQ(text.find(kChild), std::string::npos);
    EXPECT_EQ(text.find("Mia"), std::string::npos);
    EXPECT_EQ(text.find("Ruth"), std::string::npos);
  }
  EXPECT_NE(house.core->alarms_json(house.now, true).find("alarms"), std::string::npos);
}

TEST(Bedside, AcknowledgementStopsTheSoundAndIsAnsweredWhenDurable) {
  // The person at the bed sees "confirmed" only for what is really kept.
  House house;
  house.boot();
  house.spo2_for(88, 12);
  house.auto_commit = false;
  house.input(BedsideAct{7, 1, "Anna"});
  EXPECT_TRUE(house.answers.empty());
  ASSERT_FALSE(house.followers.empty());
  EXPECT_EQ(Json::parse(house.core->annunciate_json())["audible"].size(), 0U);
  house.commit();
  ASSERT_EQ(house.answers.size(), 1U);
  EXPECT_EQ(house.answers[0]["outcome"], "done");
  EXPECT_EQ(house.answers[0]["durable"], true);
  const Json event = house.event("alarm.acknowledged");
  EXPECT_EQ(event["actor"], "caregiver-1");
  EXPECT_EQ(event["place"], "bedside");
  EXPECT_EQ(event["inactivation"], "alert-acknowledged");
  EXPECT_TRUE(event.contains("until"));
}

TEST(Bedside, DeadDiskAnswersAfterTheBudget) {
  // With a dead disk the act still counts, and the answer says that it is not kept.
  House house;
  house.boot();
  house.spo2_for(88, 12);
  house.auto_commit = false;
  house.input(BedsideAct{7, 1, "Anna"});
  house.pass(milliseconds(600));
  ASSERT_EQ(house.answers.size(), 1U);
  EXPECT_EQ(house.answers[0]["durable"], false);
}

TEST(Bedside, UnknownOccurrenceIsRejectedAndJournaled) {
  // An act on nothing changes nothing and says so.
  House house;
  house.boot();
  house.spo2(97);
  house.input(BedsideAct{9, 55, "Anna"});
  ASSERT_EQ(house.answers.size(), 1U);
  EXPECT_EQ(house.answers[0]["outcome"], "rejected");
  EXPECT_EQ(house.answers[0]["why"], "unknown_occurrence");
  EXPECT_EQ(house.count("command.rejected"), 1U);
}

TEST(Driver, DeathMakesItsSignalsMissingAtOnce) {
  // A dead driver must not leave an old saturation looking normal.
  House house;
  house.boot();
  house.spo2_for(97, 3);
  house.input(ChildChange{"oxi", ChildState::died, "killed", 0});
  const Json vitals = Json::parse(house.core->vitals_json(house.now));
  ASSERT_EQ(vitals["vitals"].size(), 1U);
  EXPECT_EQ(vitals["vitals"][0]["reason"], "link_lost");
  house.pass(seconds(21));
  EXPECT_EQ(house.event("alarm.raised")["rule"], "lost.spo2");
}

TEST(Driver, DeathBeforeItsFirstWordTakesWhatItsPredecessorSent) {
  // After kill -9 the engine still holds the last saturation: a second death must not leave it
  // standing until it is stale.
  House house;
  house.boot();
  house.spo2_for(97, 3);
  house.crash();
  house.boot();
  house.input(ChildChange{"oxi", ChildState::started, "", 0});
  house.input(ChildChange{"oxi", ChildState::died, "killed", 0});
  const Json vitals = Json::parse(house.core->vitals_json(house.now));
  ASSERT_EQ(vitals["vitals"].size(), 1U);
  EXPECT_EQ(vitals["vitals"][0].value("reason", ""), "link_lost");
  house.pass(seconds(20) + milliseconds(100));
  EXPECT_EQ(house.count("alarm.raised"), 1U);
}

TEST(Clock, AStepIsAnEventAndChangesNoDecision) {
  // Ten years forward must move labels only.
  House house;
  house.boot();
  house.spo2_for(88, 5);
  house.input(
      WallChange{{house.wall.unix_ns + house.now.ns + hours(87'600).ns, ClockState::stepped}, 0});
  house.spo2_for(88, 4);
  EXPECT_EQ(house.count("alarm.raised"), 0U);
  house.spo2_for(88, 2);
  EXPECT_EQ(house.count("alarm.raised"), 1U);
  EXPECT_EQ(house.count("system.clock_stepped"), 1U);
  EXPECT_EQ(house.event("alarm.raised")["clock"], "stepped");
}

TEST(Clock, AStepOfASynchronisedClockChangesNoProfile) {
  // At night 89 is not low, and a correction of the clock makes it no day.
  House house(program_with_a_night());
  house.boot();
  const auto label = [&](ClockState state) {
    return WallTime{house.wall.unix_ns + house.now.ns, state};
  };
  house.input(WallChange{label(ClockState::synchronised), 1});
  house.spo2_for(89, 15);
  house.input(WallChange{label(ClockState::stepped), 1, true});
  house.spo2_for(89, 15);
  EXPECT_EQ(house.count("alarm.raised"), 0U);
}

TEST(Clock, AStepByHandGivesNoProfileForAnyTime) {
  // Nobody knows whether it is night: the base values hold, from the first moment on.
  House house(program_with_a_night());
  house.boot();
  const auto label = [&](ClockState state) {
    return WallTime{house.wall.unix_ns + house.now.ns, state};
  };
  house.input(WallChange{label(ClockState::unsynchronised), 1});
  house.spo2_for(89, 6);
  // The night's limit for one second would end the run that has held for 5 s.
  house.input(
      WallChange{{house.wall.unix_ns + house.now.ns + hours(900).ns, ClockState::stepped}, 1});
  house.spo2(89);
  house.input(WallChange{
      {house.wall.unix_ns + house.now.ns + hours(900).ns, ClockState::unsynchronised}, 1});
  house.spo2_for(89, 4);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "oxygen_low");
  EXPECT_EQ(house.count("system.clock_stepped"), 1U);
}

TEST(Store, AHungDiskIsKnownInTheQuietestNight) {
  // No event, no sample: the snapshot alone must show it, or the watchdog would end the watch.
  House house;
  house.boot();
  house.pass(minutes(5));
  house.settle();
  EXPECT_FALSE(house.core->store_is_known_stalled());
  const size_t alarms = house.count("alarm.raised");
  house.auto_commit = false;
  house.pass(seconds(17));
  EXPECT_TRUE(house.core->store_is_known_stalled());
  EXPECT_EQ(house.event("alarm.raised")["rule"], "record_failing");
  EXPECT_EQ(house.count("alarm.raised"), alarms + 1);
  house.auto_commit = true;
  house.settle();
  EXPECT_FALSE(house.core->store_is_known_stalled());
}

TEST(Store, AQuietNightWithADiskThatAnswersIsNoStall) {
  // A snapshot every 10 s that is kept each time must never look like one that is owed.
  House house;
  house.boot();
  for (int i = 0; i < 60; ++i) {
    house.auto_commit = false;
    house.pass(seconds(3));
    house.auto_commit = true;
    house.settle();
    EXPECT_FALSE(house.core->store_is_known_stalled());
  }
}

TEST(Store, FailingIsAlarmedOnceAndEnds) {
  // A dying card is told, once, and its recovery too.
  House house;
  house.boot();
  house.spo2(97);
  house.input(StoreChange{StoreState::failing, "I/O error"});
  house.input(StoreChange{StoreState::failing, "I/O error"});
  EXPECT_EQ(house.event("alarm.raised")["rule"], "record_failing");
  EXPECT_TRUE(house.core->store_is_known_stalled());
  house.input(StoreChange{StoreState::recovered, ""});
  for (int i = 0; i < 7; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "record_failing");
  EXPECT_EQ(house.count("system.record_failing"), 2U);
  EXPECT_FALSE(house.core->store_is_known_stalled());
}

TEST(Store, AlarmsBeyondTheQuotaAreToldUntilThereIsRoom) {
  // Alarms are never dropped for space: somebody has to hear that they fill the disk.
  House house;
  house.boot();
  house.spo2(97);
  Effects effects;
  house.core->on_store(house.now, store::OverQuota{.bytes = 2, .quota = 1}, effects);
  ASSERT_EQ(effects.journal.size(), 1U);
  house.input(effects.journal.front());
  EXPECT_EQ(house.event("alarm.raised")["rule"], "alarms_over_quota");
  effects.journal.clear();
  house.core->on_store(house.now, store::UnderQuota{}, effects);
  ASSERT_EQ(effects.journal.size(), 1U);
  house.input(effects.journal.front());
  for (int i = 0; i < 7; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "alarms_over_quota");
}

TEST(Store, ReadingsThatAreDroppedForRoomAreToldUntilThereIsRoom) {
  // "record ok" over readings that are thrown away as they come.
  House house;
  house.boot();
  house.spo2(97);
  const auto says = [&](const store::Answer& answer) {
    Effects effects;
    house.core->on_store(house.now, answer, effects);
    ASSERT_EQ(effects.journal.size(), 1U);
    house.input(effects.journal.front());
  };
  const auto status = [&] { return Json::parse(house.core->status_json(house.now)); };
  says(store::DiskLow{.free = 12ULL << 20});
  EXPECT_EQ(house.event("alarm.raised")["rule"], "disk_low");
  EXPECT_EQ(status()["record"], "dropping");
  EXPECT_EQ(status()["disk"], "the disk has 12 MiB free");
  says(store::DiskLow{.free = 9ULL << 20});
  EXPECT_EQ(status()["disk"], "the disk has 9 MiB free");
  house.settle();
  house.crash();
  house.boot();
  house.spo2_for(97, 7);
  EXPECT_EQ(house.count("alarm.cleared"), 0U) << "the new store has not said that there is room";
  EXPECT_EQ(status()["record"], "dropping");
  says(store::DiskRoomy{});
  house.spo2_for(97, 7);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "disk_low");
  EXPECT_EQ(status()["record"], "ok");
  EXPECT_EQ(house.count("system.disk_low"), 2U) << "each change once";
}

TEST(Store, AQuotaThatWasRaisedWhileWeWereDownEndsItsAlarm) {
  // Support gave the record more room and started us again: the new store says how it finds it, and
  // until it has, the alarm stays.
  House house;
  house.boot();
  house.spo2(97);
  house.input(TechnicalChange{engine::Technical::alarms_over_quota, 0, true, "too many alarms"});
  ASSERT_EQ(house.event("alarm.raised")["rule"], "alarms_over_quota");
  house.settle();
  house.crash();
  house.boot();
  house.spo2_for(97, 7);
  EXPECT_EQ(house.count("alarm.cleared"), 0U);
  Effects effects;
  house.core->on_store(house.now, store::UnderQuota{}, effects);
  ASSERT_EQ(effects.journal.size(), 1U);
  house.input(effects.journal.front());
  house.spo2_for(97, 7);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "alarms_over_quota");
}

}  // namespace
}  // namespace lamplight::core
