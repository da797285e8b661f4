// What must hold: the simulated N-595 prints the manual's line, each condition's code on it, and
// stops at XOFF as the real one does.
#include <gmock/gmock.h>

#include "firmware-sim/device_nellcor.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Nellcor, PrintsTheManualsForm) {
  NellcorLine line;
  line.clock = 910'879'205;  // 1998-11-12 14:00:05
  line.spo2 = 100;
  line.bpm = 120;
  line.amplitude = 50;
  EXPECT_EQ(format_nellcor(line), "12-NOV-98 14:00:05  100  120   50  \r\n");
  line.marks_spo2 = true;
  line.codes = {"SL", "AS"};
  EXPECT_EQ(format_nellcor(line), "12-NOV-98 14:00:05  100* 120   50   SL AS\r\n");
  EXPECT_EQ(format_nellcor({}), "01-JAN-70 00:00:00  ---  ---  ---  \r\n");
}

TEST(Nellcor, SendsALineEveryTwoSecondsAndAHeadingEvery25) {
  Bench b("n595", Role::oximeter);
  b.run_to(seconds(100));
  ASSERT_EQ(b.sent.size(), 51U);
  for (size_t i = 0; i < b.sent.size(); ++i) {
    const bool has_heading = b.sent[i].text().find("VERSION") != std::string::npos;
    EXPECT_EQ(has_heading, i % 25 == 0) << i;
  }
}

TEST(Nellcor, EveryConditionHasItsCode) {
  const std::pair<const char*, const char*> kExpected[] = {
      {"probe_disconnected", " SD\r\n"}, {"probe_off", " SO\r\n"},   {"searching", " PS\r\n"},
      {"spo2_high", " SH\r\n"},          {"spo2_low", " SL\r\n"},    {"pulse_high", " PH\r\n"},
      {"pulse_low", " PL\r\n"},          {"low_battery", " LB\r\n"}, {"non_pulsatile", " LP\r\n"},
      {"interference", " MO\r\n"}};
  for (const auto& [condition, code] : kExpected) {
    Bench b("n595", Role::oximeter, {}, false);
    ASSERT_TRUE(b.say(std::string("condition oximeter ") + condition + " on")) << condition;
    b.run_to(seconds(2));
    EXPECT_THAT(b.sent.back().text(), EndsWith(code)) << condition;
  }
  Bench b("n595", Role::oximeter, {}, false);
  ASSERT_TRUE(b.say("condition oximeter non_pulsatile on"));
  ASSERT_TRUE(b.say("condition oximeter interference on"));
  ASSERT_TRUE(b.say("silenced oximeter on"));
  b.run_to(seconds(2));
  EXPECT_THAT(b.sent.back().text(), EndsWith("---  ---  ---   AS LM\r\n"));
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("spo2":null)"));
}

TEST(Nellcor, AFrozenOneRepeatsItsLineAndTheTruthLogSaysSo) {
  Bench b("n595", Role::oximeter);
  b.run_to(seconds(4));
  ASSERT_TRUE(b.say("fault oximeter frozen"));
  b.run_to(seconds(12));
  EXPECT_EQ(b.sent.back().bytes, b.sent[b.sent.size() - 3].bytes);
  EXPECT_THAT(b.truth.take_kept(),
              HasSubstr(R"("condition":"data_frozen","present":true,"by":"device")"));
  ASSERT_TRUE(b.say("fault oximeter none"));
  b.run_to(seconds(16));
  EXPECT_NE(b.sent.back().bytes, b.sent[b.sent.size() - 2].bytes);
}

TEST(Nellcor, StopsAtXoffAndGoesOnAtXon) {
  Bench b("n595", Role::oximeter);
  const uint8_t stop[] = {0x13};
  const uint8_t go_on[] = {0x11};
  b.device->receive(b.now, 0, stop);
  b.run_to(seconds(10));
  EXPECT_TRUE(b.sent.empty());
  b.device->receive(b.now, 0, go_on);
  b.run_to(seconds(12));
  EXPECT_FALSE(b.sent.empty());
}

TEST(Nellcor, AGarbledLineHoldsBytesThatNoLineHas) {
  Bench b("n595", Role::oximeter);
  ASSERT_TRUE(b.say("fault oximeter garble"));
  b.run_to(seconds(200));
  for (const SentFrame& f : b.sent) {
    const std::string text = f.text();
    const size_t before = text.rfind('\n', text.size() - 2);
    const std::string last = text.substr(before == std::string::npos ? 0 : before + 1);
    EXPECT_TRUE(std::any_of(last.begin(), last.end(), [](char c) { return (c & 0x80) != 0; }))
        << text;
  }
}

}  // namespace
}  // namespace lamplight::sim
