// What must hold: a fault changes exactly what it says and nothing else, and the truth log admits
// it; a test that trusts the simulator would otherwise prove nothing.
#include <gmock/gmock.h>

#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

bool has_good_crc(const Bytes& b) {
  const uint16_t crc = modbus_crc(std::span(b).first(b.size() - 2));
  return b[b.size() - 2] == (crc & 0xFF) && b.back() == crc >> 8;
}

// The pump's identity never changes: a good yardstick.
struct Pump : Bench {
  Pump() : Bench("lfp1", Role::pump) { good = ask(4, 0, 40); }
  Bytes good;
};

TEST(Fault, SilenceSendsNothingAndEndsByItself) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump silence for 5 s"));
  EXPECT_TRUE(b.ask(4, 0, 40).empty());
  EXPECT_THAT(b.truth.take_kept(), HasSubstr(R"("what":"not_sent","why":"silence")"));
  b.run_to(milliseconds(4900));
  EXPECT_TRUE(b.ask(4, 0, 40).empty());
  b.run_to(seconds(5));
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
  EXPECT_THAT(b.truth.take_kept(), HasSubstr(R"("fault":"silence","present":false)"));
}

TEST(Fault, TruncateKeepsTheFirstHalf) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump truncate"));
  const Bytes half = b.ask(4, 0, 40);
  EXPECT_EQ(half,
            Bytes(b.good.begin(), b.good.begin() + static_cast<ptrdiff_t>(b.good.size() / 2)));
  EXPECT_FALSE(b.sent.back().is_intact);
}

TEST(Fault, GarbleBreaksEveryAnswersCrc) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump garble"));
  for (int i = 0; i < 500; ++i) {
    const Bytes answer = b.ask(4, 0, 40);
    ASSERT_EQ(answer.size(), b.good.size());
    ASSERT_FALSE(has_good_crc(answer));
    ASSERT_FALSE(b.sent.back().is_intact);
  }
  ASSERT_TRUE(b.say("fault pump none"));
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
}

TEST(Fault, GarbledRad8LineNeverBeginsWithAStrictTime) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("fault oximeter garble"));
  b.run_to(seconds(200));
  for (const SentFrame& f : b.sent) {
    const bool is_damaged =
        std::any_of(f.bytes.begin(), f.bytes.begin() + 17, [](uint8_t c) { return c >= 0x80; });
    ASSERT_TRUE(is_damaged);
    ASSERT_EQ(f.bytes.back(), '\n');
  }
}

TEST(Fault, GarbledNoninFrameFailsItsSum) {
  Bench b("nonin-df2", Role::oximeter);
  ASSERT_TRUE(b.say("fault oximeter garble"));
  b.run_to(seconds(10));
  for (const SentFrame& f : b.sent) {
    const auto sum = static_cast<uint8_t>(f.bytes[0] + f.bytes[1] + f.bytes[2] + f.bytes[3]);
    ASSERT_NE(sum, f.bytes[4]);
  }
}

TEST(Fault, FrozenDeviceRepeatsItsSnapshot) {
  Pump b;
  b.run_to(seconds(2));
  ASSERT_TRUE(b.say("fault pump frozen"));
  const auto before = b.registers(100, 41);
  b.run_to(seconds(20));
  EXPECT_EQ(b.registers(100, 41), before);
  ASSERT_TRUE(b.say("fault pump none"));
  EXPECT_NE(b.registers(100, 41), before);
}

TEST(Fault, FrozenRad8RepeatsItsLineWithItsTime) {
  Bench b("rad8", Role::oximeter);
  b.run_to(seconds(2));
  ASSERT_TRUE(b.say("fault oximeter frozen"));
  ASSERT_TRUE(b.say("set spo2 60"));
  b.run_to(seconds(9));
  EXPECT_EQ(b.sent[2].bytes, b.sent.back().bytes);
  // The truth log says what a gateway must find out, and when it is over.
  const auto said = [](const char* present) {
    return HasSubstr(std::string(R"("condition":"data_frozen","present":)") + present +
                     R"(,"by":"device")");
  };
  const std::string during = b.truth.take_kept();
  EXPECT_THAT(during, said("true"));
  EXPECT_THAT(during, Not(HasSubstr(R"("conditions":["data_frozen")"))) << "no bit says it";
  ASSERT_TRUE(b.say("fault oximeter none"));
  b.run_to(seconds(11));
  EXPECT_THAT(b.truth.take_kept(), said("false"));
  EXPECT_NE(b.sent[2].bytes, b.sent.back().bytes);
}

TEST(Fault, ARad8ThatIsSaidToStandStillRepeatsItsLineToo) {
  Bench b("rad8", Role::oximeter);
  b.run_to(seconds(2));
  ASSERT_TRUE(b.say("condition oximeter data_frozen on"));
  b.run_to(seconds(9));
  EXPECT_EQ(b.sent[2].bytes, b.sent.back().bytes);
}

TEST(Fault, LateIsTheRightAnswerPastTheTimeout) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump late"));
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
  EXPECT_EQ(b.sent.back().how.delay, milliseconds(1500));
}

TEST(Fault, SlowAnswerStopsInItsMiddle) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump slow"));
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
  EXPECT_EQ(b.sent.back().how.pause, milliseconds(700));
}

TEST(Fault, SlowStreamDripsWithinItsPeriod) {
  Bench b("rad8", Role::oximeter);
  ASSERT_TRUE(b.say("fault oximeter slow"));
  b.run_to(seconds(1));
  const SentFrame& f = b.sent.back();
  EXPECT_GT(f.how.spacing.ns, 0);
  EXPECT_LT(f.how.spacing * static_cast<int64_t>(f.bytes.size()), seconds(1));
}

TEST(Fault, StaleReplyIsOneRequestBehindForEver) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump stale_reply"));
  EXPECT_TRUE(b.ask(4, 0, 40).empty());
  EXPECT_EQ(b.ask(4, 100, 43), b.good);
  EXPECT_EQ(b.ask(4, 0, 40)[2], 86);  // the live block asked for before
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
}

TEST(Fault, StaleReplyOverTcpBearsTheNewTransaction) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump stale_reply"));
  EXPECT_TRUE(b.ask(4, 0, 2, Transport::tcp).empty());
  const Bytes stale = b.ask(4, 100, 3, Transport::tcp);
  EXPECT_EQ(stale[1], b.transaction);
  EXPECT_EQ(Bytes(stale.begin() + 2, stale.end()), hex("00 00 00 07 01 04 04 4C 4C 01 00"));
}

TEST(Fault, WrongUnitIsAGoodFrameFromTheNeighbour) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump wrong_unit"));
  const Bytes answer = b.ask(4, 0, 40);
  EXPECT_EQ(answer[0], 2);
  EXPECT_TRUE(has_good_crc(answer));
  EXPECT_EQ(Bytes(answer.begin() + 1, answer.end() - 2),
            Bytes(b.good.begin() + 1, b.good.end() - 2));
}

TEST(Fault, ExceptionIsDeviceFailure) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump exception"));
  const Bytes answer = b.ask(4, 0, 40);
  EXPECT_EQ(Bytes(answer.begin(), answer.begin() + 3), hex("01 84 04"));
}

TEST(Fault, BabbleAddsNoiseAndLeavesAnswersAlone) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump babble for 2 s"));
  b.sent.clear();
  b.run_to(seconds(3));
  EXPECT_NEAR(static_cast<double>(b.sent.size()), 40, 2);
  for (const SentFrame& f : b.sent) EXPECT_FALSE(f.is_intact);
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
}

TEST(Fault, StrayBytesComeAtRandomInstantsEveryTwoSecondsAndLeaveAnswersAlone) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump stray_bytes"));
  EXPECT_EQ(b.ask(4, 0, 40), b.good);
  b.sent.clear();
  b.run_to(seconds(4000));
  EXPECT_NEAR(static_cast<double>(b.sent.size()), 2000, 150);  // three deviations
  int64_t soon = 0;  // half of the pauses of a memoryless clock are shorter than ln 2 means
  for (size_t i = 0; i < b.sent.size(); ++i) {
    ASSERT_TRUE(b.sent[i].gives_way);
    ASSERT_FALSE(b.sent[i].is_intact);
    ASSERT_GE(b.sent[i].bytes.size(), 1U);
    ASSERT_LE(b.sent[i].bytes.size(), 20U);
    soon += i > 0 && b.sent[i].at - b.sent[i - 1].at < milliseconds(1386) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(soon), 1000, 100);
  Pump again;
  ASSERT_TRUE(again.say("fault pump stray_bytes"));
  again.sent.clear();
  again.run_to(seconds(4000));
  ASSERT_EQ(again.sent.size(), b.sent.size()) << "the seed decides";
  EXPECT_EQ(again.sent.back().bytes, b.sent.back().bytes);
}

TEST(Fault, OnlyStrayBytesAnswersNobody) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump only_stray_bytes"));
  EXPECT_TRUE(b.ask(4, 0, 40).empty());
  EXPECT_THAT(b.truth.take_kept(), HasSubstr(R"("what":"not_sent","why":"only_stray_bytes")"));
  b.run_to(seconds(60));
  EXPECT_GT(b.sent.size(), 10U);
}

TEST(Fault, RestartIsDarkThenSelfTestWithAYoungUptimeAndAnOldSequence) {
  Pump b;
  ASSERT_TRUE(b.say("condition pump air_in_line on"));
  const auto before = b.registers(100, 43);
  ASSERT_TRUE(b.say("fault pump restart"));
  EXPECT_TRUE(b.ask(4, 0, 40).empty());
  b.run_to(seconds(4));
  const auto r = b.registers(100, 43);
  ASSERT_EQ(r.size(), 43U);
  EXPECT_LT(r[3], 20);
  EXPECT_EQ(r[2], 0);
  EXPECT_EQ(r[7], 0);            // self_test
  EXPECT_GE(r[14], before[14]);  // alarm_seq never decreases
  b.run_to(seconds(12));
  EXPECT_EQ(b.registers(100, 43)[7], 8);  // and the air is still in the line
}

TEST(Fault, ClockJumpMovesOnlyTheDevicesClock) {
  Pump b;
  b.run_to(seconds(1));
  const auto before = b.registers(100, 43);
  ASSERT_TRUE(b.say("fault pump clock_jump"));
  const auto r = b.registers(100, 43);
  EXPECT_EQ((r[4] << 16 | r[5]) - (before[4] << 16 | before[5]), 25 * 3600);
  EXPECT_EQ(r[3], before[3]);
}

TEST(Fault, ANewFaultEndsTheOldOne) {
  Pump b;
  ASSERT_TRUE(b.say("fault pump silence"));
  ASSERT_TRUE(b.say("fault pump wrong_unit"));
  EXPECT_EQ(b.ask(4, 0, 40)[0], 2);
}

}  // namespace
}  // namespace lamplight::sim
