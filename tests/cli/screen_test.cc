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

TEST(Screen, MalformedReadOutsAreLeftOutNotGuessed) {
  for (const char* text : {"", "[]", "{", R"({"alarms":7})", R"({"alarms":[1,null]})"}) {
    EXPECT_FALSE(alarm_lines(text, {}).empty());
    EXPECT_FALSE(status_lines(text, {}).empty());
    EXPECT_FALSE(vital_lines(text, {}).empty());
    EXPECT_FALSE(link_lines(text, text, {}).empty());
    EXPECT_FALSE(event_line(text).empty());
    EXPECT_FALSE(record_lines(text).empty());
  }
}

}  // namespace
}  // namespace lamplight::cli
