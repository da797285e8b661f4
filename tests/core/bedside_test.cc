// What people at the bedside say must be done at once, shown with its end and its author, kept in
// the record, and never quiet more than it names.
#include <gtest/gtest.h>

#include "gateway/core/nameless.h"
#include "gateway/core/state.h"
#include "tests/core/house.h"

namespace lamplight::core {
namespace {

// spo2 < 90 for 10 s, held back by `care` (10 min) and `suction` (3 min); spo2 < 80 by nothing.
engine::Program program_with_care() {
  engine::ProgramBuilder b;
  b.name = "care";
  b.child = kChild;
  const auto spo2 = b.add_signal(oximeter_signal("spo2", "percent", 1000));
  const auto below = [&](int64_t tenths, Duration held) {
    const auto is_low = b.compare(
        engine::Linear{{{spo2, 1}}, {}, -tenths},
        {.text = b.add_literal("spo2 low"), .step = {1, 10}, .decimals = 1, .unit = "percent"});
    return b.hold_for(is_low, {.literal = held, .limit = engine::kNone});
  };
  const auto alarm = [&](const char* id, engine::OpIndex when, bool is_floor) {
    engine::Alarm a;
    a.id = id;
    a.title = b.add_literal(id);
    a.rank = {Severity::irreversible, Onset::prompt};
    a.when = when;
    a.never_inhibited = is_floor;
    return b.add_alarm(a);
  };
  const auto low = alarm("oxygen_low", below(900, seconds(10)), false);
  alarm("oxygen_crash", below(800, seconds(2)), true);
  engine::Alarm lost;
  lost.title = b.add_literal("Oxygen is not being measured");
  lost.rank = {Severity::reversible, Onset::prompt};
  b.add_lost(spo2, {.literal = seconds(20), .limit = engine::kNone}, lost);
  for (const auto& [name, lasts] : {std::pair{"care", minutes(10)}, {"suction", minutes(3)}}) {
    const auto button = b.add_button({name, lasts, minutes(1)});
    b.add_inhibit(b.pressed(button), {}, {.button = button, .by = name, .alarms = {low}});
  }
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

class BedsideActs : public ::testing::Test {
 protected:
  BedsideActs() : house(program_with_care()) { house.boot(); }

  // The answer to one act.
  Json say(const BedsideAct& act) {
    house.answers.clear();
    house.input(act);
    EXPECT_EQ(house.answers.size(), 1U);
    return house.answers.empty() ? Json() : house.answers.back();
  }
  Json alarm(const std::string& rule, bool names = true) {
    const Json all = read_out(names);
    for (const Json& row : all["alarms"]) {
      if (row["rule"] == rule) return row;
    }
    return {};
  }
  Json read_out(bool names = true) {
    return Json::parse(house.core->alarms_json(house.now, names));
  }
  std::set<std::string> ringing() {
    std::set<std::string> rules;
    const Json now = Json::parse(house.core->annunciate_json());
    for (const Json& row : now["audible"]) {
      const auto rule = row["rule"].get<std::string>();
      if (house.program.find_alarm(rule)) rules.insert(rule);  // no pump, and no care team
    }
    return rules;
  }

  House house;
};

BedsideAct press(const char* button, const char* by = "Anna") {
  return {.client = 7, .by = by, .kind = ActKind::press, .button = button};
}

TEST_F(BedsideActs, APauseIsAnsweredWithItsEndAndTheSoundComesBack) {
  house.spo2_for(88, 12);
  const Json answer = say({7, 1, "Anna", ActKind::pause});
  EXPECT_EQ(answer["outcome"], "done");
  EXPECT_EQ(answer["act"], "pause");
  EXPECT_EQ(answer["for_ms"], 120'000);
  EXPECT_EQ(answer["durable"], true);
  const Json now = Json::parse(house.core->annunciate_json());
  EXPECT_TRUE(now["audible"].empty());
  EXPECT_EQ(now["visible"][0]["signal"], "on") << "a pause does not touch the light";
  const Json event = house.event("alarm.audio_paused");
  EXPECT_EQ(event["actor"], "caregiver-1");
  EXPECT_EQ(event["place"], "bedside");
  EXPECT_EQ(event["inactivation"], "audio-paused");
  EXPECT_TRUE(event.contains("until_at"));
  EXPECT_EQ(alarm("oxygen_low")["paused_by"], "Anna");
  EXPECT_EQ(alarm("oxygen_low", false)["paused_by"], "caregiver-1");
  EXPECT_EQ(alarm("oxygen_low")["paused_for_ms"], 120'000);
  house.spo2_for(88, 121);
  EXPECT_EQ(ringing(), std::set<std::string>{"oxygen_low"});
  EXPECT_TRUE(house.event("alarm.audio_resumed")["actor"].is_null());
  EXPECT_FALSE(alarm("oxygen_low").contains("paused_by"));
}

TEST_F(BedsideActs, ARefusedPauseSaysHowLongOneMayBe) {
  house.spo2_for(88, 12);
  const Json answer = say({7, 1, "Anna", ActKind::pause, "", minutes(3)});
  EXPECT_EQ(answer["outcome"], "rejected");
  EXPECT_EQ(answer["why"], "too_long");
  EXPECT_EQ(answer["for_ms"], 120'000);
  EXPECT_EQ(house.event("command.rejected")["act"], "pause");
  EXPECT_EQ(ringing().size(), 1U);
}

TEST_F(BedsideActs, APressIsShownWithAuthorAndEndAndHoldsBackOnlyWhatItNames) {
  const Json answer = say(press("care"));
  EXPECT_EQ(answer["outcome"], "done");
  EXPECT_EQ(answer["button"], "care");
  EXPECT_EQ(answer["for_ms"], 600'000);
  EXPECT_EQ(house.event("window.started")["actor"], "caregiver-1");
  EXPECT_TRUE(house.event("window.started").contains("until_at"));
  house.spo2_for(78, 12);
  EXPECT_EQ(ringing(), std::set<std::string>{"oxygen_crash"}) << "the floor";
  const Json low = alarm("oxygen_low");
  EXPECT_EQ(low["condition"], "raised");
  EXPECT_EQ(low["inhibited_by"], "care");
  EXPECT_GT(low["inhibited_for_ms"], 500'000);
  const Json window = read_out()["windows"].at(0);
  EXPECT_EQ(window["button"], "care");
  EXPECT_EQ(window["by"], "Anna");
  EXPECT_EQ(window["holds_back"], Json::parse(R"(["oxygen_low"])"));
  EXPECT_EQ(read_out(false)["windows"][0]["by"], "caregiver-1");
  house.spo2_for(78, 590);
  EXPECT_EQ(house.count("window.ended"), 1U);
  EXPECT_TRUE(house.event("window.ended")["actor"].is_null()) << "by itself";
  EXPECT_EQ(ringing(), (std::set<std::string>{"oxygen_crash", "oxygen_low"}));
  EXPECT_TRUE(read_out()["windows"].empty());
}

TEST_F(BedsideActs, TwoWindowsAtOnceAreBothShownAndTheLaterEndCounts) {
  say(press("care", "Anna"));
  say(press("suction", "Ben"));
  house.spo2_for(88, 12);
  EXPECT_EQ(read_out()["windows"].size(), 2U);
  EXPECT_EQ(read_out()["windows"][1]["by"], "Ben");
  EXPECT_EQ(alarm("oxygen_low")["inhibited_by"], "care");
  say({.client = 7, .by = "Ben", .kind = ActKind::release, .button = "care"});
  EXPECT_EQ(alarm("oxygen_low")["inhibited_by"], "suction");
  EXPECT_EQ(house.event("window.ended")["actor"], "caregiver-2");
  house.spo2_for(88, 180);
  EXPECT_EQ(ringing(), std::set<std::string>{"oxygen_low"});
}

TEST_F(BedsideActs, TwoLongNamesOfOneFamilyAreTwoPeople) {
  // 64 characters are a name in any alphabet; cut after 64 bytes these two were one.
  const std::string family = "Рождественская-Константинопольская";
  say(press("care", (family + " Анна").c_str()));
  say(press("suction", (family + " Ольга").c_str()));
  EXPECT_EQ(read_out()["windows"][0]["by"], family + " Анна");
  EXPECT_EQ(read_out()["windows"][1]["by"], family + " Ольга");
  EXPECT_EQ(read_out(false)["windows"][1]["by"], "caregiver-2");
}

TEST_F(BedsideActs, AThousandPressesAreAnsweredAndEndTogether) {
  say(press("suction"));
  for (int i = 0; i < 1000; ++i) {
    const Json answer = say(press("suction"));
    ASSERT_EQ(answer["why"], "already_pressed");
    ASSERT_LE(answer["for_ms"], 180'000);
  }
  EXPECT_EQ(house.count("window.started"), 1U);
  house.pass(seconds(181));
  EXPECT_EQ(house.count("window.ended"), 1U);
  const Json answer = say(press("suction"));
  EXPECT_EQ(answer["why"], "resting");
  EXPECT_GT(answer["for_ms"], 50'000);
}

TEST_F(BedsideActs, AButtonThatIsNotThereIsAnsweredWithThoseThatAre) {
  const Json answer = say(press("Mia's bath"));
  EXPECT_EQ(answer["why"], "no_button");
  EXPECT_EQ(answer["buttons"], Json::parse(R"(["care","suction"])"));
  EXPECT_FALSE(house.event("command.rejected").contains("button")) << "not a word of the rules";
}

TEST_F(BedsideActs, AStandDownLeavesTheLostAlarmRingingAndIsShownUntilReadingsReturn) {
  house.connect_both();
  house.spo2_for(88, 12);
  house.pass(seconds(15));
  EXPECT_EQ(say({7, 1, "Anna", ActKind::stand_down, "", {}, "off"})["why"], "lost_not_open");
  house.pass(seconds(11));
  ASSERT_EQ(alarm("lost.spo2")["grouped"], true);
  const Json answer =
      say({7, 1, "Anna", ActKind::stand_down, "", {}, "probe off: MIA's bath with anna"});
  EXPECT_EQ(answer["outcome"], "done");
  EXPECT_EQ(answer["left_to"], "lost.spo2");
  const Json event = house.event("alarm.closed");
  EXPECT_EQ(event["cause"], "to_lost");
  EXPECT_EQ(event["actor"], "caregiver-1");
  EXPECT_EQ(event["reason"], "probe off: the child's bath with caregiver-1");
  EXPECT_EQ(ringing(), std::set<std::string>{"lost.spo2"});
  const Json down = read_out()["stood_down"].at(0);
  EXPECT_EQ(down["rule"], "oxygen_low");
  EXPECT_EQ(down["by"], "Anna");
  EXPECT_EQ(down["left_to"], "lost.spo2");
  house.spo2_for(88, 12);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "oxygen_low") << "a new occurrence";
  EXPECT_TRUE(read_out()["stood_down"].empty());
  for (const std::string& text : house.every_message) {
    EXPECT_EQ(text.find("MIA"), std::string::npos) << text;
  }
}

TEST_F(BedsideActs, WhoAndUntilWhenOutliveADeath) {
  say(press("care"));
  house.spo2_for(88, 12);
  say({7, 1, "Ben", ActKind::pause});
  house.commit();
  const Json before = read_out();
  house.crash();
  house.boot();
  EXPECT_EQ(read_out()["windows"][0]["by"], "Anna");
  EXPECT_LE(read_out()["windows"][0]["for_ms"], before["windows"][0]["for_ms"]);
  EXPECT_EQ(alarm("oxygen_low")["paused_by"], "Ben");
  house.power_cut("b-9");
  house.wall.clock = ClockState::unsynchronised;
  house.boot();
  EXPECT_TRUE(read_out()["windows"].empty()) << "a gap of unknown length ends every quiet";
}

TEST_F(BedsideActs, AStandDownIsShownWithItsAgeAfterThePowerCame) {
  house.spo2_for(88, 12);
  house.pass(seconds(30));
  ASSERT_EQ(say({7, 1, "Anna", ActKind::stand_down, "", {}, "probe off"})["outcome"], "done");
  house.power_cut("b-9");  // for three minutes, and both clocks are right
  house.boot();
  ASSERT_EQ(read_out()["stood_down"].size(), 1U) << "its reading is missing all the same";
  const Json down = read_out()["stood_down"][0];
  EXPECT_EQ(down["by"], "Anna");
  EXPECT_GT(down["age_ms"], 160'000) << "this boot's clock began anew, its age did not";
  EXPECT_LT(down["age_ms"], 300'000);
}

TEST_F(BedsideActs, WhatWasStoodDownAndRingsAnewIsShownAsItRings) {
  house.spo2_for(78, 12);  // the floor, then oxygen_low
  house.pass(seconds(30));
  const Json crash = alarm("oxygen_crash");
  const Json low = alarm("oxygen_low");
  for (const Json& row : {crash, low}) {
    const auto occurrence = row["occurrence"].get<uint64_t>();
    ASSERT_EQ(say({7, occurrence, "Anna", ActKind::stand_down, "", {}, "off"})["outcome"], "done");
  }
  EXPECT_EQ(read_out()["stood_down"].size(), 2U);
  house.spo2_for(78, 3);
  ASSERT_EQ(alarm("oxygen_crash")["condition"], "raised");
  EXPECT_GT(alarm("oxygen_crash")["occurrence"], low["occurrence"]);
  ASSERT_EQ(read_out()["stood_down"].size(), 1U);
  EXPECT_EQ(read_out()["stood_down"][0]["rule"], "oxygen_low");
}

TEST_F(BedsideActs, NoneOfItIsDoneFromAfar) {
  house.connect_both();
  house.spo2_for(88, 12);
  for (const char* type : {"pause", "resume", "stand-down", "press", "release"}) {
    const std::string id = std::string("c-") + type;
    house.command(R"({"v":1,"id":")" + id + R"(","type":")" + type +
                  R"(","occurrence":1,"store_id":"5f2c","actor":"n-1","role":"nurse"})");
    house.pass(milliseconds(10));
    const Json answer = house.results().back();
    EXPECT_EQ(answer["id"], id);
    EXPECT_EQ(answer["why"], "not_at_bedside");
  }
  EXPECT_EQ(ringing().size(), 1U);
  EXPECT_EQ(house.count("command.rejected"), 5U);
}

TEST_F(BedsideActs, AReminderDoesNotSoundIntoAWindow) {
  house.spo2_for(88, 12);
  say({7, 1, "Anna"});
  say(press("care"));
  house.followers.clear();
  house.spo2_for(88, 62);
  EXPECT_EQ(house.count("alarm.reminder"), 1U);
  for (const Json& f : house.followers) {
    if (f["type"] == "annunciate") {
      EXPECT_TRUE(f["remind"].empty());
    }
  }
}

// spo2 < 90 or pulse > 150, at once; each reading lost after 20 s.
engine::Program program_of_two_readings() {
  engine::ProgramBuilder b;
  b.name = "two";
  std::vector<engine::SignalIndex> signals;
  for (const char* name : {"spo2", "pulse"}) {
    engine::Signal s;
    s.name = name;
    s.path = "oximeter." + s.name;
    s.role = Role::oximeter;
    s.step = {1, 10};
    s.decimals = 1;
    s.max = 3000;
    s.every = seconds(1);
    s.stale = seconds(5);
    signals.push_back(b.add_signal(s));
  }
  const auto judged = [&](const char* text, engine::Linear sum) {
    return b.compare(sum, {.text = b.add_literal(text), .step = {1, 10}, .decimals = 1});
  };
  engine::Alarm a;
  a.id = "either";
  a.title = b.add_literal("Either");
  a.rank = {Severity::irreversible, Onset::prompt};
  a.when = b.either(judged("spo2 low", {{{signals[0], 1}}, {}, -900}),
                    judged("pulse high", {{{signals[1], -1}}, {}, 1500}));
  b.add_alarm(a);
  for (const engine::SignalIndex signal : signals) {
    engine::Alarm lost;
    lost.title = b.add_literal("Not measured");
    lost.rank = {Severity::reversible, Onset::prompt};
    b.add_lost(signal, {.literal = seconds(20), .limit = engine::kNone}, lost);
  }
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

TEST(StandDown, IsLeftToTheReadingThatIsStillMissing) {
  // The `lost` alarm of the one that is back ends in a moment, and would leave the line to nobody.
  House house(program_of_two_readings());
  house.boot();
  house.spo2(97);
  house.pulse(160);
  const auto occurrence = house.event("alarm.raised")["occurrence"].get<uint64_t>();
  house.pass(seconds(30));
  house.spo2(97);
  house.answers.clear();
  house.input(BedsideAct{7, occurrence, "Anna", ActKind::stand_down, "", {}, "off"});
  ASSERT_EQ(house.answers.size(), 1U);
  EXPECT_EQ(house.answers[0]["outcome"], "done");
  EXPECT_EQ(house.answers[0]["left_to"], "lost.pulse");
}

TEST(Formats, OlderOnesAreRefusedWithAReason) {
  // A process of yesterday's version left them: its bytes must not be read as something else.
  std::vector<std::byte> record;
  encode_input(press("care"), record);
  record[0] = std::byte{3};
  std::vector<Sample> samples;
  const auto input = decode_input(record, samples);
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error(), "not an input record of this format");
  std::vector<std::byte> blob;
  encode_snapshot(State{}, {}, blob);
  ASSERT_TRUE(decode_snapshot(blob));
  blob[0] = std::byte{3};
  const auto snapshot = decode_snapshot(blob);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error(), "snapshot: another format");
}

TEST(Nameless, TakesOutTheNameAndEachWordOfItAndNoPartOfAnother) {
  const auto clean = [](const char* text) {
    return without_name(text, "Mia Example", "the child");
  };
  EXPECT_EQ(clean("Mia Example sleeps"), "the child sleeps");
  EXPECT_EQ(clean("MIA's probe, for example"), "the child's probe, for the child");
  EXPECT_EQ(clean("Miami, Mia\u0142am, examples"), "Miami, Mia\u0142am, examples");
  EXPECT_EQ(clean(""), "");
  EXPECT_EQ(without_name("Mia", "", "x"), "Mia");
}

}  // namespace
}  // namespace lamplight::core
