// What must hold: the simulated Draeger answers as the Medibus notes say, sums included, and at
// times asks in the middle of an answer.
#include <gmock/gmock.h>

#include "firmware-sim/device_medibus.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;

struct Draeger : Bench {
  Draeger() : Bench("evita", Role::ventilator, {}, false) {}
  std::string ask(char code) {
    sent.clear();
    const std::string text = medibus_message(0x1B, code, "");
    device->receive(now, 0, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    return sent.empty() ? "" : sent.back().text();
  }
};

TEST(Medibus, MessagesOfTheReference) {
  EXPECT_EQ(medibus_message(0x1B, 'Q', ""),
            "\x1B"
            "Q6C\r");
  EXPECT_EQ(medibus_message(0x01, '0', ""),
            "\x01"
            "031\r");
  Draeger d;
  EXPECT_EQ(d.ask('Q'),
            "\x01"
            "Q52\r");
}

TEST(Medibus, RecordsHaveTheirLengths) {
  Draeger d;
  const std::string measured = d.ask(0x24);
  EXPECT_EQ((measured.size() - 5) % 6, 0U);
  EXPECT_THAT(measured, HasSubstr("D6"));
  ASSERT_TRUE(d.say("condition ventilator circuit_disconnected on"));
  ASSERT_TRUE(d.say("condition ventilator other on"));
  const std::string alarms = d.ask(0x27);
  EXPECT_EQ(alarms.size() - 5, 30U);
  EXPECT_THAT(alarms, HasSubstr("O9ADISCONNECT  "));
  EXPECT_THAT(alarms, HasSubstr("42FLOW SENSOR "));
  EXPECT_THAT(d.ask(0x28), HasSubstr("22:47:45 22-FEB-16"));
  EXPECT_THAT(d.ask(0x2A), HasSubstr("0E5BIPAP\x03"));
}

TEST(Medibus, PressuresAreMillibarsAndTheTruthIsCmH2O) {
  Draeger d;
  ASSERT_TRUE(d.say("set ventilator.pip 25.5"));
  EXPECT_THAT(d.ask(0x24), HasSubstr("7D25.0"));
  EXPECT_THAT(d.sent.back().facts, HasSubstr(R"("pip":25.5)"));
}

TEST(Medibus, EveryConditionIsListedAndGoneAfterwards) {
  Draeger probe;
  for (const std::string_view condition : probe.device->abilities().conditions) {
    Draeger d;
    const std::string word = "condition ventilator " + std::string(condition);
    ASSERT_TRUE(d.say(word + " on")) << condition;
    EXPECT_EQ(d.ask(0x27).size(), 20U) << condition;
    ASSERT_TRUE(d.say(word + " off")) << condition;
    EXPECT_EQ(d.ask(0x27).size(), 5U) << condition;
  }
}

TEST(Medibus, AsksInTheMiddleOfAnAnswerNowAndThen) {
  Draeger d;
  int nested = 0;
  for (int i = 0; i < 70; ++i)
    nested += d.ask(0x24).find(
                  "\x1B"
                  "04B\r") != std::string::npos;
  EXPECT_EQ(nested, 10);
}

TEST(Medibus, ABrokenQuestionIsRefused) {
  Draeger d;
  const std::string bad = "\x1B$00\r";
  d.device->receive(d.now, 0, std::span(reinterpret_cast<const uint8_t*>(bad.data()), bad.size()));
  EXPECT_EQ(d.sent.back().bytes, hex("15"));
}

}  // namespace
}  // namespace lamplight::sim
