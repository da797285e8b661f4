// What must hold: the simulated Rad-8 prints the lines of the operator's manual, byte for byte,
// because the decoder that a family depends on is judged against them.
#include <gmock/gmock.h>

#include "firmware-sim/device_rad8.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;

TEST(Rad8, PrintsTheManualsHeaderForm) {
  Rad8Line line;
  line.clock = 1'456'181'265;
  line.serial = "0000000001";
  line.spo2 = 98;
  line.bpm = 97;
  line.perfusion = 360;
  line.exc = 0x800;
  EXPECT_EQ(format_rad8(line),
            "02/22/16 22:47:45 SN=0000000001 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% "
            "DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800\r\n");
}

TEST(Rad8, NoReadingIsDashes) {
  const std::string text = format_rad8({});
  EXPECT_THAT(text, HasSubstr("SN=---------- SPO2=---% BPM=--- PI=--.--% "));
}

TEST(Rad8, SendsALineASecondWithoutDrift) {
  Bench b("rad8", Role::oximeter);
  b.run_to(seconds(600));
  ASSERT_EQ(b.sent.size(), 601U);
  EXPECT_EQ(b.sent.back().at - Bench::kStart, seconds(600));
  EXPECT_THAT(b.sent[1].text(), HasSubstr("02/22/16 22:47:46 "));
}

TEST(Rad8, SaysLowActiveAndSilencedTogether) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("condition oximeter spo2_low on"));
  ASSERT_TRUE(b.say("silenced oximeter on"));
  b.run_to(seconds(1));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("ALARM=0032 EXC=000800"));
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("conditions":["spo2_low"],"silenced":true)"));
}

TEST(Rad8, SilencedWithoutConditionIsNoActiveAlarm) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("silenced oximeter on"));
  b.run_to(seconds(1));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("ALARM=0020"));
}

TEST(Rad8, HoldsDigitsTenSecondsBesideSensorOffThenDashes) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("set spo2 97"));
  b.run_to(milliseconds(500));
  ASSERT_TRUE(b.say("condition oximeter probe_off on"));
  b.run_to(seconds(10));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("SPO2=097%"));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("EXC=000820"));
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("values":{"spo2":null)"));
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("reason":"probe_off")"));
  b.run_to(seconds(12));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("SPO2=---% BPM=--- PI=--.--%"));
}

TEST(Rad8, EveryConditionSetsItsOwnBit) {
  const std::pair<const char*, const char*> kExpected[] = {
      {"spo2_high", "ALARM=0011 EXC=000800"},
      {"spo2_low", "ALARM=0012 EXC=000800"},
      {"pulse_high", "ALARM=0014 EXC=000800"},
      {"pulse_low", "ALARM=0018 EXC=000800"},
      {"low_battery", "ALARM=0050 EXC=000800"},
      {"desaturation", "ALARM=1010 EXC=000800"},
      {"perfusion_change", "ALARM=2010 EXC=000800"},
      {"probe_disconnected", "ALARM=0000 EXC=000801"},
      {"probe_fault", "ALARM=0000 EXC=000802"},
      {"perfusion_low", "ALARM=0000 EXC=000804"},
      {"searching", "ALARM=0000 EXC=000808"},
      {"interference", "ALARM=0000 EXC=000810"},
      {"probe_off", "ALARM=0000 EXC=000820"},
      {"probe_unsupported", "ALARM=0000 EXC=000880"},
      {"poor_signal", "ALARM=0000 EXC=000C00"},
  };
  for (const auto& [condition, words] : kExpected) {
    Bench b("rad8", Role::oximeter);
    ASSERT_TRUE(b.say(std::string("condition oximeter ") + condition + " on")) << condition;
    b.run_to(seconds(1));
    EXPECT_THAT(b.sent.back().text(), HasSubstr(words)) << condition;
  }
}

TEST(Rad8, CallsLowSaturationItselfAfterItsDelayAndOnlyThen) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("set spo2 84"));
  b.run_to(seconds(4));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("ALARM=0000"));
  b.run_to(seconds(6));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("ALARM=0012"));
  EXPECT_THAT(b.truth.take_kept(),
              HasSubstr(R"("condition":"spo2_low","present":true,"by":"device")"));
}

TEST(Rad8, AQuietDeviceSaysOnlyWhatItIsTold) {
  Bench b("rad8", Role::oximeter, {}, false);
  ASSERT_TRUE(b.say("set spo2 60"));
  b.run_to(seconds(60));
  EXPECT_THAT(b.sent.back().text(), HasSubstr("ALARM=0000"));
}

TEST(Rad8, RefusesWhatItsProtocolCannotCarry) {
  Bench b("rad8", Role::oximeter);
  EXPECT_THAT(b.say("condition oximeter dead_battery on").error(), HasSubstr("cannot say"));
  EXPECT_THAT(b.say("fault oximeter wrong_unit").error(), HasSubstr("has no fault"));
}

}  // namespace
}  // namespace lamplight::sim
