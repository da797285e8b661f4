// A person at the bedside must read what lamplightd said, with age and worth, and nothing that it
// did not say.
#include "gateway/cli/screen.h"

#include <gtest/gtest.h>

namespace lamplight::cli {
namespace {

TEST(Screen, AgesAreShortAndNeverRoundedUp) {
  EXPECT_EQ(age_text(-5), "0.0 s");
  EXPECT_EQ(age_text(999), "0.9 s");
  EXPECT_EQ(age_text(59'999), "59 s");
  EXPECT_EQ(age_text(3'599'999), "59 min");
  EXPECT_EQ(age_text(7'300'000), "2 h");
  EXPECT_EQ(age_text(49LL * 3'600'000), "2 d");
}

TEST(Screen, AMissingReadingShowsNoNumberAndItsReason) {
  const std::string text = vital_lines(
      R"({"vitals":[{"device":"ox1","signal":"oximeter.spo2","value":null,"unit":"percent",
      "quality":"missing","reason":"probe_off","age_ms":1200}]})",
      {});
  EXPECT_NE(text.find("--"), std::string::npos);
  EXPECT_NE(text.find("missing: probe_off"), std::string::npos);
  EXPECT_NE(text.find("1.2 s old"), std::string::npos);
  EXPECT_EQ(text.find("\x1b["), std::string::npos);
}

TEST(Screen, OnlyConditionsThatAreTrueAreListed) {
  const std::string text = vital_lines(
      R"({"vitals":[{"signal":"oximeter.alarm.probe_off","value":true,"quality":"ok","age_ms":1},
      {"signal":"oximeter.alarm.spo2_low","value":false,"quality":"ok","age_ms":1}]})",
      {});
  EXPECT_NE(text.find("probe_off"), std::string::npos);
  EXPECT_EQ(text.find("spo2_low"), std::string::npos);
}

TEST(Screen, AnAlarmShowsWhatToDoAndWhetherItRings) {
  const std::string text = alarm_lines(
      R"({"alarms":[{"occurrence":17,"rule":"oxygen_low","priority":"high","title":"Oxygen low",
      "do":"Look at Mia first.","raised_at":"2026-03-02T02:14:08.250Z","age_ms":40000,
      "audible":true,"condition":"raised","signal":"on","seen":1}],"forming":["pulse_fast"]})",
      {});
  for (const char* word : {"high", "#17", "Oxygen low", "02:14:08 UTC", "40 s", "rings",
                           "seen by the care team", "-> Look at Mia first.", "pulse_fast"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
  }
  EXPECT_EQ(alarm_lines(R"({"alarms":[],"forming":[]})", {}), "no alarm is open\n");
}

TEST(Screen, WhatIsQuietSaysByWhomAndUntilWhen) {
  const auto line = [](const std::string& more) {
    return alarm_lines(R"({"alarms":[{"occurrence":17,"priority":"high","title":"Oxygen low",
        "condition":"raised","audible":false,)" +
                           more + "}]}",
                       {});
  };
  EXPECT_NE(line(R"("signal":"on","paused_for_ms":119000,"paused_by":"Mum")")
                .find("sound paused by Mum, rings again in 1 min 59 s"),
            std::string::npos);
  EXPECT_NE(line(R"("signal":"on","inhibited":true,"inhibited_by":"care","inhibited_for_ms":60000)")
                .find("held back by care, for 1 min at most"),
            std::string::npos);
  EXPECT_NE(line(R"("signal":"on","inhibited":true,"inhibited_by":"circuit")")
                .find("held back by circuit, as long as that lasts"),
            std::string::npos);
  EXPECT_NE(
      line(R"("signal":"acknowledged","quiet_for_ms":90000,"acknowledged_by":"Mum",
                 "paused_for_ms":5000)")
          .find("acknowledged by Mum, quiet for 1 min 30 s, sound paused, rings again in 5.0 s"),
      std::string::npos);
  EXPECT_NE(line(R"("signal":"acknowledged")").find("quiet for as long as it lasts"),
            std::string::npos);
}

TEST(Screen, PressedButtonsAndWhatWasStoodDownComeFirst) {
  const std::string text = alarm_lines(
      R"({"alarms":[],"windows":[{"button":"care","by":"Mum","for_ms":345000,"age_ms":1,
      "holds_back":["oxygen_low","pulse_fast"]}],"stood_down":[{"occurrence":9,"rule":"oxygen_low",
      "by":"Dad","reason":"bath","left_to":"lost.spo2","age_ms":61000}]})",
      {});
  EXPECT_EQ(text,
            "care is pressed by Mum, ends in 5 min 45 s; the sound of oxygen_low, pulse_fast is "
            "held back\n"
            "#9 oxygen_low was stood down by Dad 1 min ago (bath): it can ring again when readings "
            "return; lost.spo2 goes on\n"
            "no alarm is open\n");
  EXPECT_EQ(standing_lines("{", {}), "");
}

TEST(Screen, NothingIsSaidToRingWhereNothingSounds) {
  // Who reads "rings" in a quiet house looks for the fault in his ears.
  const auto alarm = [](const std::string& sounder) {
    return alarm_lines(R"({"alarms":[{"occurrence":1,"audible":true,"condition":"raised"}],
      "sounder":)" + sounder +
                           "}",
                       {});
  };
  const auto status = [](const std::string& sounder) {
    return status_lines(R"({"open":1,"audible":1,"sounder":)" + sounder + "}", "", {});
  };
  const std::string none = R"({"connected":0,"heard_ms":0,"trouble":"no sounder is connected"})";
  EXPECT_NE(alarm(none).find("would ring: no sounder"), std::string::npos) << alarm(none);
  EXPECT_EQ(alarm(none).find("rings"), std::string::npos);
  EXPECT_NE(status(none).find("1 would ring: no sounder"), std::string::npos) << status(none);
  EXPECT_NE(status(none).find("no sounder is connected: nothing sounds at home"),
            std::string::npos);
  const std::string mute =
      R"({"connected":1,"heard_ms":200,"trouble":"the sounder did not sound"})";
  EXPECT_NE(alarm(mute).find("should ring: the sounder fails"), std::string::npos);
  EXPECT_NE(status(mute).find("sounder FAILS: the sounder did not sound"), std::string::npos);
  const std::string good = R"({"connected":1,"heard_ms":200,"trouble":""})";
  EXPECT_NE(alarm(good).find("rings"), std::string::npos);
  EXPECT_NE(status(good).find("1 alarm open, 1 rings "), std::string::npos) << status(good);
  EXPECT_NE(status(good).find("\nsounder connected, last heard 0.2 s ago\n"), std::string::npos)
      << status(good);
}

TEST(Screen, AReadingThatDoesNotComeAnyMoreSaysHowLongBeforeAnythingElse) {
  const std::string text = vital_lines(
      R"({"vitals":[{"device":"ox1","signal":"oximeter.spo2","value":null,"unit":"percent",
      "quality":"missing","reason":"stale","age_ms":14000}]})",
      {.colour = true});
  EXPECT_NE(text.find("STALE: none for 14 s"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[1;31m"), std::string::npos);
}

TEST(Screen, AlarmsThatNobodySawAtTheBedsideAreCounted) {
  const std::string alarms = R"({"alarms":[
      {"occurrence":1,"condition":"idle","signal":"marked"},
      {"occurrence":2,"condition":"latched","signal":"on"},
      {"occurrence":3,"condition":"raised","signal":"on"}]})";
  const std::string text = status_lines(R"({"open":2,"audible":1})", alarms, {});
  EXPECT_NE(text.find("2 alarms open, 1 rings, 2 over and not yet acknowledged at the bedside"),
            std::string::npos)
      << text;
  EXPECT_EQ(status_lines(R"({"open":0})", R"({"alarms":[]})", {}).find("acknowledged"),
            std::string::npos);
}

TEST(Screen, HighNeverStandsBehindLowerNorBehindWhatIsOver) {
  const std::string text = alarm_lines(
      R"({"alarms":[{"occurrence":1,"priority":"high","condition":"idle","age_ms":5},
      {"occurrence":2,"priority":"low","condition":"raised","age_ms":1},
      {"occurrence":3,"priority":"high","condition":"raised","age_ms":9},
      {"occurrence":4,"priority":"high","condition":"raised","age_ms":2}]})",
      {});
  std::string order;
  for (size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) {
    order += text[at + 1];
  }
  EXPECT_EQ(order, "4321") << text;
}

TEST(Screen, NoWordOfOthersMovesTheCursorOrTurnsTheText) {
  const std::string text = event_line(
      R"({"event":"alarm.seen","actor":"nurse\u009b2J \u202egnp\u001b[31m","text":"Zo\u00eb"})");
  for (const char* escape : {"\\u009b", "\\u202e", "\\u001b", "Zo\u00eb"}) {
    EXPECT_NE(text.find(escape), std::string::npos) << escape << " in " << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
}

TEST(Screen, ARecordThatIsBeingDroppedIsNotOk) {
  const std::string text =
      record_lines(R"({"record":"dropping","disk":"the disk has 12 MiB free","broker":"none"})");
  EXPECT_NE(text.find("record dropping the oldest readings, the disk has 12 MiB free"),
            std::string::npos)
      << text;
}

TEST(Screen, ABrokerThatAnswersIsNotACareTeam) {
  // Only the word "stored" says that somebody keeps what we send.
  const auto told = [](const char* broker, int stored) {
    return record_lines(R"({"record":"ok","broker":")" + std::string(broker) +
                        R"(","lanes":{"alarm":{"newest":9,"published":9,"stored":)" +
                        std::to_string(stored) + R"(},"system":{"newest":1,"stored":0}}})");
  };
  const auto says = [](const std::string& text, const char* words) {
    EXPECT_NE(text.find(words), std::string::npos) << text;
  };
  says(told("up", 0), "broker connected; nothing stored by a care team yet\n");
  says(told("up", 7), "broker connected; care team stored up to alarm 7\n");
  says(told("down", 7), "broker not connected: published when it returns; care team stored up to");
  says(told("none", 0), "no broker configured: nothing is published\n");
}

TEST(Screen, AnEventThatSaysThatSomethingIsMissingSaysWhat) {
  const auto says = [](const std::string& fields, const char* words) {
    const std::string text =
        event_line(R"({"lane":"system","seq":7,"at":"2026-03-02T02:14:08.250Z","mono_ms":100000,)" +
                   fields + "}");
    EXPECT_NE(text.find(words), std::string::npos) << text;
  };
  says(R"("event":"system.not_watching","gap_ms":12300)", "nobody watched for 12 s");
  says(R"("event":"system.not_watching","gap_ms":null)", "nobody watched for an unknown time");
  const std::string gap = R"("event":"system.gap","missing":{"lane":"vitals",)";
  says(gap + R"("first":120,"last":180,"t0":1,"t1":2,"why":"quota"})",
       "missing: vitals 120 to 180 (dropped to make room)");
  says(gap + R"("first":120,"last":120,"t0":null,"t1":null,"why":"power_lost"})",
       "missing: vitals 120 (the power failed)");
  says(gap + R"("first":null,"last":null,"t0":88000000000,"t1":100000000000,
                "why":"not_watching"})",
       "missing: vitals from 2026-03-02T02:13:56Z to 2026-03-02T02:14:08Z, 12 s (nobody watched)");
  says(gap + R"("first":null,"last":null,"t0":null,"t1":5,"why":"overflow"})",
       "missing: vitals (more than could be written)");
  says(R"("event":"system.process","process":"oxi","what":"died","text":"killed by signal 9")",
       "oxi  died  killed by signal 9");
  says(R"("event":"system.selfcheck","part":"sounder","outcome":"failed","text":"no card")",
       "sounder  failed  no card");
}

TEST(Screen, MalformedReadOutsAreLeftOutNotGuessed) {
  for (const char* text : {"", "[]", "{", R"({"alarms":7})", R"({"alarms":[1,null]})",
                           R"({"missing":{"t0":-9223372036854775807,"t1":9223372036854775807}})"}) {
    EXPECT_FALSE(alarm_lines(text, {}).empty());
    EXPECT_FALSE(status_lines(text, text, {}).empty());
    EXPECT_FALSE(vital_lines(text, {}).empty());
    EXPECT_FALSE(link_lines(text, text, {}).empty());
    EXPECT_FALSE(event_line(text).empty());
    EXPECT_FALSE(record_lines(text).empty());
  }
}

}  // namespace
}  // namespace lamplight::cli
