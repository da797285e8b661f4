// What must hold: the words mean what the gateway's document says, and whoever mistypes one is
// told where, what and how to write it.
#include "firmware-sim/scenario.h"

#include <gmock/gmock.h>

#include "firmware-sim/steering.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;

TEST(Scenario, ReadsTheDocumentsExample) {
  const Scenario s = parse_scenario(
      "+0 s     set spo2 97\n"
      "+12.5 s  set spo2 84 over 30 s                    # NAME or role.name\n"
      "+20 s    condition pump patient_tube_blocked on   # ROLE CONDITION on|off\n"
      "+21 s    silenced pump on\n"
      "+25 s    fault oximeter silence for 5 s\n"
      "+40 s    unplug ventilator\n"
      "+45 s    plug ventilator\n"
      "+50 s    expect oxygen_low raised within 2 s\n");
  ASSERT_TRUE(s.mistakes.empty()) << s.mistakes[0].message;
  ASSERT_EQ(s.events.size(), 8U);
  EXPECT_EQ(s.events[1].at, milliseconds(12'500));
  const auto& ramp = std::get<SetWord>(s.events[1].word);
  EXPECT_EQ(ramp.value, 840);
  EXPECT_EQ(ramp.over, seconds(30));
  EXPECT_TRUE(ramp.of_patient);
  EXPECT_EQ(std::get<FaultWord>(s.events[4].word).lasts, seconds(5));
  EXPECT_FALSE(std::get<LinkWord>(s.events[5].word).plugged);
  EXPECT_EQ(std::get<ExpectWord>(s.events[7].word).what, "oxygen_low raised");
  EXPECT_EQ(s.events[7].text, "expect oxygen_low raised within 2 s");
}

TEST(Scenario, ALineWithoutTimeHappensWithTheLineBefore) {
  const Scenario s =
      parse_scenario("set spo2 97\n+3s set spo2 90\n  silenced oximeter on\r\n\n# x\n");
  ASSERT_TRUE(s.mistakes.empty());
  ASSERT_EQ(s.events.size(), 3U);
  EXPECT_EQ(s.events[0].at, Duration{});
  EXPECT_EQ(s.events[2].at, seconds(3));
  EXPECT_EQ(s.events[2].line, 3);
}

TEST(Scenario, StatesAreEnumerators) {
  const Scenario s = parse_scenario("set pump.state hold\nset ventilator.state standby\n");
  ASSERT_TRUE(s.mistakes.empty());
  EXPECT_EQ(std::get<SetWord>(s.events[0].word).value, 3);
  EXPECT_EQ(std::get<SetWord>(s.events[1].word).value, 1);
}

TEST(Scenario, ValuesAreInTheCataloguesUnit) {
  const Scenario s = parse_scenario("set ventilator.minute_volume 3.25\nset pump.pressure_up -5\n");
  ASSERT_TRUE(s.mistakes.empty());
  EXPECT_EQ(std::get<SetWord>(s.events[0].word).value, 325);
  EXPECT_EQ(std::get<SetWord>(s.events[1].word).value, -50);
}

struct Case {
  const char* line;
  int column;
  const char* message;
};

TEST(Scenario, EveryMistakeHasItsPlaceAndRemedy) {
  const Case kCases[] = {
      {"foo oximeter", 1, "no word 'foo'; there are: set,"},
      {"+1 s", 4, "a word is missing after the time"},
      {"+1 set spo2 97", 1, "a time needs a unit"},
      {"+1 weeks set spo2 97", 1, "ms, s, min or h, not 'weeks'"},
      {"+x s set spo2 97", 1, "begins with a number"},
      {"+1.2.3 s set spo2 97", 1, "is not a number"},
      {"+-1 s set spo2 97", 1, "cannot be negative"},
      {"set", 5, "a name is missing"},
      {"set spo2", 10, "a value is missing"},
      {"set spo2 9o", 10, "'9o' is not a number"},
      {"set spo2 97.55", 10, "more decimals"},
      {"set spo2 99999999999", 10, "too large"},
      {"set spo2 840", 10, "'spo2' is from 0 to 100 percent"},
      {"set spo2 -0.1", 10, "'spo2' is from 0 to 100 percent"},
      {"set oximeter.pulse 351", 20, "'pulse' is from 0 to 350 bpm"},
      {"set sp02 97", 5, "no signal 'sp02'"},
      {"set nurse.spo2 97", 5, "no role 'nurse'"},
      {"set pump.spo2 97", 5, "no signal 'spo2' of pump; it has:"},
      {"set rate 30", 5, "say ventilator.rate or pump.rate"},
      {"set state hold", 5, "say ventilator.state or pump.state"},
      {"set pump.state holding", 5, "no state 'holding'; there are: self_test,"},
      {"set pleth 3", 5, "no signal 'pleth'"},
      {"set oximeter.pleth 3", 5, "is a waveform"},
      {"set pump.alarm.low_battery 1", 5, "say `condition pump NAME on`"},
      {"set spo2 84 over", 18, "a time is missing"},
      {"set spo2 84 over 30", 18, "a time needs a unit"},
      {"set spo2 84 in 30 s", 13, "'in' is too much here"},
      {"set ventilator.circuit off", 5, "'connected' or 'disconnected'"},
      {"condition", 11, "a role is missing"},
      {"condition pupm low_battery on", 11, "no role 'pupm'"},
      {"condition pump", 16, "a condition is missing"},
      {"condition pump probe_off on", 16, "no condition 'probe_off' of pump"},
      {"condition pump low_battery", 28, "write on or off"},
      {"condition pump low_battery yes", 28, "not 'yes'"},
      {"silenced pump maybe", 15, "write on or off here, not 'maybe'"},
      {"fault pump", 12, "no fault ''"},
      {"fault pump gremlin", 12, "no fault 'gremlin'; there are: none, silence,"},
      {"fault pump silence for", 24, "a time is missing"},
      {"fault pump none for 3 s", 17, "`none` ends a fault at once"},
      {"unplug", 8, "a role is missing"},
      {"plug pump now", 11, "'now' is too much"},
      {"expect", 8, "an alarm is missing"},
      {"expect oxygen_low rang", 19, "no event 'rang'; there are: raised,"},
      {"expect oxygen_low raised soon", 26, "only `within D`"},
  };
  for (const Case& c : kCases) {
    const Scenario s = parse_scenario(c.line);
    ASSERT_EQ(s.mistakes.size(), 1U) << c.line;
    EXPECT_EQ(s.mistakes[0].column, c.column) << c.line << ": " << s.mistakes[0].message;
    EXPECT_THAT(s.mistakes[0].message, HasSubstr(c.message)) << c.line;
    EXPECT_EQ(s.mistakes[0].line, 1);
  }
}

TEST(Scenario, AllMistakesAreShownAtOnceWithACaret) {
  const Scenario s = parse_scenario("+5 s set spo2 97\n+4 s set spo2 96\n+6 s bar\n");
  ASSERT_EQ(s.mistakes.size(), 2U);
  EXPECT_THAT(s.mistakes[0].message, HasSubstr("earlier than the line before"));
  EXPECT_EQ(
      describe(s.mistakes[1], "night.scenario"),
      "night.scenario:3:6: no word 'bar'; there are: set, condition, silenced, fault, unplug, "
      "plug, swap, patient, expect\n  +6 s bar\n       ^\n");
}

TEST(Scenario, BareNamesBelongToTheOnlyDevice) {
  const auto word = parse_word("set rate 30", Role::ventilator);
  ASSERT_TRUE(word);
  EXPECT_EQ(signal_info(std::get<SetWord>(*word).signal).role, Role::ventilator);
  EXPECT_THAT(parse_word("+3 s set rate 30", Role::pump).error(), HasSubstr("leave out the time"));
}

TEST(Steering, ReadsEveryShapeOfTheDocument) {
  const auto ramp = parse_steering(R"({"set":{"spo2":84},"over_ms":30000})", Role::oximeter);
  ASSERT_TRUE(ramp);
  EXPECT_EQ(std::get<SetWord>(ramp->at(0)).value, 840);
  EXPECT_EQ(std::get<SetWord>(ramp->at(0)).over, seconds(30));
  const auto off = parse_steering(R"({"condition":"probe_off","present":true})", Role::oximeter);
  ASSERT_TRUE(off);
  EXPECT_TRUE(std::get<ConditionWord>(off->at(0)).present);
  EXPECT_TRUE(parse_steering(R"({"silenced":true})", Role::pump));
  const auto fault = parse_steering(R"({"fault":"silence","for_ms":5000})", Role::pump);
  ASSERT_TRUE(fault);
  EXPECT_EQ(std::get<FaultWord>(fault->at(0)).lasts, seconds(5));
  EXPECT_TRUE(parse_steering(R"({"link":"unplug"})", Role::pump));
  const auto of = parse_steering(R"({"device":"pump","set":{"state":"hold","rate":88.5}})", {});
  ASSERT_TRUE(of);
  ASSERT_EQ(of->size(), 2U);
}

TEST(Steering, EveryMistakeNamesItsRemedy) {
  const std::pair<const char*, const char*> kCases[] = {
      {"{", "not a JSON object"},
      {"{}", "say which device"},
      {R"({"silenced":true})", "say which device"},
      {R"({"device":"dog","silenced":true})", "no device \"dog\""},
      {R"({"device":"pump"})", "no word in this object"},
      {R"({"device":"pump","silenced":1})", "true or false"},
      {R"({"device":"pump","silenced":true,"x":1})", "unknown key 'x'"},
      {R"({"device":"pump","fault":"x"})", "no fault 'x'"},
      {R"({"device":"pump","fault":"silence","for_ms":-1})", "whole number of milliseconds"},
      {R"({"device":"pump","fault":"silence","for_ms":"1"})", "whole number of milliseconds"},
      {R"({"device":"pump","condition":"x","present":true})", "no condition 'x'"},
      {R"({"device":"pump","condition":"too_hot"})", "\"present\":true or false"},
      {R"({"device":"pump","link":"cut"})", "\"unplug\" or \"plug\""},
      {R"({"set":84})", "object of names and values"},
      {R"({"set":{"spo2":84.55}})", "more decimals"},
      {R"({"set":{"spo2":null}})", "is not a number"},
      {R"({"set":{"spo2":84},"over":3})", "unknown key 'over'"},
      {"   ", "an empty line"},
  };
  for (const auto& [line, message] : kCases) {
    const auto words = parse_steering(line, std::nullopt);
    ASSERT_FALSE(words) << line;
    EXPECT_THAT(words.error(), HasSubstr(message)) << line;
  }
}

TEST(Steering, AnswersAreJson) {
  EXPECT_EQ(answer_ok(), "{\"ok\":true}\n");
  EXPECT_EQ(answer_error("no \"x\""), "{\"error\":\"no \\\"x\\\"\"}\n");
}

}  // namespace
}  // namespace lamplight::sim
