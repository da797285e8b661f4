// What must hold: the pump and the ventilator fill their registers as the profile says, state by
// state and bit by bit; a gateway trusts these numbers with a child's feed and breath.
#include <gmock/gmock.h>

#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

uint32_t u32(const std::vector<int>& r, size_t i) {
  return static_cast<uint32_t>(r[i]) << 16 | static_cast<uint32_t>(r[i + 1]);
}

// Keeps the communication watchdog fed.
void run_with_reads(Bench& b, Duration to) {
  while (b.now < Bench::kStart + to) {
    b.run_to(std::min(b.now - Bench::kStart + seconds(20), to));
    b.registers(100, 43);
  }
}

TEST(Lfp1, IdentityAsTheProfileHasIt) {
  Bench b("lfp1", Role::pump, {{"serial", "LFP-7"}, {"watchdog", "30"}});
  const auto r = b.registers(0, 40);
  EXPECT_EQ(r[0], 0x4C4C);
  EXPECT_EQ(r[1], 0x0100);
  EXPECT_EQ(r[2], 0x0102);
  EXPECT_EQ(r[3], 0x0304);
  EXPECT_EQ(r[4], 1);
  EXPECT_EQ(r[5], 43);
  EXPECT_EQ(r[7], 30);
  EXPECT_EQ(r[24], 'L' << 8 | 'F');
  EXPECT_EQ(r[26], '7' << 8);
}

// Section 5.3, word for word.
TEST(Lfp1, WorkedExampleOfTheDocument) {
  Bench b("lfp1", Role::pump);
  ASSERT_TRUE(b.say("set pump.delivered 125"));
  ASSERT_TRUE(b.say("set pump.rate 44.6"));
  ASSERT_TRUE(b.say("condition pump low_battery on"));
  ASSERT_TRUE(b.say("condition pump low_battery off"));
  ASSERT_TRUE(b.say("condition pump low_battery on"));
  run_with_reads(b, seconds(300));
  const Bytes answer = b.ask(4, 107, 18);
  const Bytes expected = hex(
      "0002 012C 0000 0008 0000 0008 0000 0215 0000 FFFF 0000 0001 01C2 01BE 0000 04E2 0000 07D0");
  ASSERT_EQ(answer.size(), expected.size() + 5);
  Bytes registers(answer.begin() + 3, answer.end() - 2);
  // The document's pump is silent at that instant; this one sounds for its low battery.
  EXPECT_EQ(registers[17], 0x04);
  registers[17] = 0;
  EXPECT_EQ(registers, expected);
}

TEST(Lfp1, EveryConditionIsItsBitAndNoOther) {
  const std::vector<std::string> names = {"feed_complete",
                                          "feed_incomplete",
                                          "pump_inactive",
                                          "low_battery",
                                          "dead_battery",
                                          "feed_bag_empty",
                                          "rotor_stuck",
                                          "patient_tube_blocked",
                                          "supply_tube_blocked",
                                          "cassette_dislodged",
                                          "cassette_error",
                                          "system_error",
                                          "setting_locked",
                                          "feed_set_usage",
                                          "flush_bag_empty",
                                          "mains_lost",
                                          "free_flow_suspected",
                                          "under_delivery",
                                          "over_delivery",
                                          "air_in_line",
                                          "battery_fault",
                                          "too_hot",
                                          "settings_lost",
                                          "clock_lost",
                                          "remote_monitoring_lost",
                                          "hold_too_long",
                                          "near_complete",
                                          "sounder_fault"};
  for (size_t bit = 0; bit < names.size(); ++bit) {
    Bench b("lfp1", Role::pump, {}, false);
    ASSERT_TRUE(b.say("condition pump " + names[bit] + " on")) << names[bit];
    EXPECT_EQ(u32(b.registers(109, 4), 0), 1U << bit) << names[bit];
    ASSERT_TRUE(b.say("condition pump " + names[bit] + " off"));
    const auto r = b.registers(109, 4);
    EXPECT_EQ(u32(r, 0), 0U) << names[bit];
    EXPECT_EQ(u32(r, 2), 1U << bit) << names[bit] << " stays latched at the bedside";
  }
}

TEST(Lfp1, ABlockedTubeStopsTheFeedAndRaisesThePressure) {
  Bench b("lfp1", Role::pump);
  ASSERT_TRUE(b.say("condition pump patient_tube_blocked on"));
  auto r = b.registers(100, 43);
  EXPECT_EQ(r[7], 8);   // alarm_stop
  EXPECT_EQ(r[20], 0);  // rate_measured
  EXPECT_EQ(r[33], 950);
  ASSERT_TRUE(b.say("condition pump patient_tube_blocked off"));
  r = b.registers(100, 43);
  EXPECT_EQ(r[7], 2);
  EXPECT_LT(r[33], 300);
}

TEST(Lfp1, TotalRisesByTheRateAndTheTimeThatPassed) {
  Bench b("lfp1", Role::pump, {{"watchdog", "0"}});
  ASSERT_TRUE(b.say("set pump.rate 60"));
  const uint32_t before = u32(b.registers(129, 2), 0);
  b.run_to(minutes(10));
  EXPECT_EQ(u32(b.registers(129, 2), 0) - before, 100U);  // 60 mL/h for 10 min = 10.0 mL
}

TEST(Lfp1, HeldAndPausedStatesDeliverNothing) {
  for (const char* state : {"standby", "hold", "between_doses", "complete", "alarm_stop", "fault",
                            "shutting_down", "priming"}) {
    Bench b("lfp1", Role::pump, {{"watchdog", "0"}});
    ASSERT_TRUE(b.say(std::string("set pump.state ") + state));
    const uint32_t before = u32(b.registers(129, 2), 0);
    b.run_to(minutes(10));
    EXPECT_EQ(u32(b.registers(129, 2), 0), before) << state;
  }
}

TEST(Lfp1, HoldTooLongIsCalledAfterTwoAndAHalfMinutes) {
  Bench b("lfp1", Role::pump, {{"watchdog", "0"}});
  ASSERT_TRUE(b.say("set pump.state hold"));
  b.run_to(seconds(149));
  EXPECT_EQ(u32(b.registers(109, 2), 0), 0U);
  b.run_to(seconds(153));
  EXPECT_EQ(u32(b.registers(109, 2), 0), 1U << 25);
}

TEST(Profile, HeartbeatAgreesAtBothEndsAndMovesEverySecond) {
  Bench b("lvp1", Role::ventilator);
  b.run_to(seconds(1));
  const auto before = b.registers(100, 51);
  b.run_to(seconds(2));
  const auto after = b.registers(100, 51);
  EXPECT_EQ(after[1], after[50]);
  EXPECT_NE(before[1], after[1]);
  EXPECT_EQ(u32(after, 2) - u32(before, 2), 10U);  // uptime in tenths
}

TEST(Profile, AnUnreadDeviceCallsRemoteMonitoringLostUntilItIsRead) {
  Bench b("lfp1", Role::pump);
  b.run_to(seconds(59));
  EXPECT_EQ(u32(b.registers(109, 2), 0), 0U);
  b.run_to(seconds(121));
  EXPECT_EQ(u32(b.registers(109, 2), 0), 1U << 24);
  b.run_to(seconds(122));
  EXPECT_EQ(u32(b.registers(109, 2), 0), 0U);
}

TEST(Profile, ReadsAreCountedInSinceRead) {
  Bench b("lfp1", Role::pump);
  b.registers(100, 43);
  b.run_to(seconds(7));
  EXPECT_EQ(b.registers(100, 43)[41], 7);
  EXPECT_EQ(b.registers(100, 43)[41], 0);
}

TEST(Profile, TheRingRemembersWhatCameAndWentBetweenTwoPolls) {
  Bench b("lvp1", Role::ventilator);
  const uint32_t seq = u32(b.registers(113, 2), 0);
  ASSERT_TRUE(b.say("condition ventilator obstruction on"));
  ASSERT_TRUE(b.say("condition ventilator obstruction off"));
  EXPECT_EQ(u32(b.registers(113, 2), 0), seq + 2);
  const auto ring = b.registers(200, 66);
  EXPECT_EQ(ring[0], 0x4C02);
  EXPECT_EQ(ring[1], 2);
  EXPECT_EQ(u32(ring, 2), seq + 2);  // newest first
  EXPECT_EQ(ring[6], 1);             // obstruction
  EXPECT_EQ(ring[7], 2);             // ended
  EXPECT_EQ(u32(ring, 10), seq + 1);
  EXPECT_EQ(ring[15], 1);  // begun
}

TEST(Profile, TheRingKeepsEightAndTheSequenceGoesOn) {
  Bench b("lvp1", Role::ventilator);
  const uint32_t seq = u32(b.registers(113, 2), 0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(b.say("condition ventilator leak_high on"));
    ASSERT_TRUE(b.say("condition ventilator leak_high off"));
  }
  EXPECT_EQ(u32(b.registers(113, 2), 0), seq + 20);
  EXPECT_EQ(b.registers(200, 66)[1], 8);
}

TEST(Profile, SilencingNeverClearsABit) {
  Bench b("lfp1", Role::pump);
  ASSERT_TRUE(b.say("condition pump rotor_stuck on"));
  ASSERT_TRUE(b.say("silenced pump on"));
  const auto r = b.registers(109, 7);
  EXPECT_EQ(u32(r, 0), 1U << 6);
  EXPECT_EQ(r[6], 1);  // audio paused, no sound playing
}

TEST(Lvp1, StandbyHasNoBreathValuesAndNoDisconnectAlarm) {
  Bench b("lvp1", Role::ventilator, {{"watchdog", "0"}});
  ASSERT_TRUE(b.say("set ventilator.state standby"));
  ASSERT_TRUE(b.say("set ventilator.circuit disconnected"));
  b.patient.set_circuit(false);
  b.run_to(seconds(40));
  const auto r = b.registers(100, 51);
  EXPECT_EQ(r[7], 1);
  EXPECT_EQ(u32(r, 9), 0U);
  EXPECT_EQ(r[24], 0x8000);
  EXPECT_EQ(r[29], 0xFFFF);
  EXPECT_EQ(r[19] & 3, 2);  // standby chosen by a person
}

TEST(Lvp1, DisconnectionDropsPressureAtOnceAndIsCalledAfterTheDelay) {
  Bench b("lvp1", Role::ventilator, {{"watchdog", "0"}});
  b.run_to(seconds(10));
  EXPECT_NEAR(b.registers(100, 51)[24], 180, 10);
  b.patient.set_circuit(false);
  b.run_to(seconds(11));
  auto r = b.registers(100, 51);
  EXPECT_EQ(r[24], 15);
  EXPECT_EQ(r[29], 0);
  EXPECT_EQ(u32(r, 9), 0U);
  b.run_to(seconds(22));
  EXPECT_NE(u32(b.registers(109, 2), 0) & 1U, 0U);
  b.patient.set_circuit(true);
  b.run_to(seconds(24));
  r = b.registers(100, 51);
  EXPECT_EQ(u32(r, 9), 0U);
  EXPECT_NEAR(r[24], 180, 10);
}

TEST(Lvp1, BreathsStopAtRateZeroAndApnoeaIsCalled) {
  Bench b("lvp1", Role::ventilator, {{"watchdog", "0"}});
  b.run_to(seconds(5));
  ASSERT_TRUE(b.say("set ventilator.rate 0"));
  b.run_to(seconds(10));
  const uint32_t breaths = u32(b.registers(120, 2), 0);
  b.run_to(seconds(30));
  EXPECT_EQ(u32(b.registers(120, 2), 0), breaths);
  EXPECT_NE(u32(b.registers(109, 2), 0) & 1U << 5, 0U);
  b.run_to(seconds(45));
  EXPECT_EQ(b.registers(124, 1)[0], 0x8000);  // no breath for 30 s: no breath values
}

TEST(Lvp1, EveryBitIsADifferentCondition) {
  Bench b("lvp1", Role::ventilator, {}, false);
  uint32_t all = 0;
  for (const std::string_view name : b.device->abilities().conditions) {
    Bench one("lvp1", Role::ventilator, {}, false);
    ASSERT_TRUE(one.say("condition ventilator " + std::string(name) + " on"));
    const uint32_t bits = u32(one.registers(109, 2), 0);
    EXPECT_TRUE(std::has_single_bit(bits)) << name;
    EXPECT_EQ(all & bits, 0U) << name;
    all |= bits;
  }
  EXPECT_EQ(all, 0xFFFFFFFFU);
}

TEST(Profile, TheTruthSaysWhatTheRegistersSay) {
  Bench b("lfp1", Role::pump);
  ASSERT_TRUE(b.say("set pump.rate_set 45"));
  ASSERT_TRUE(b.say("set pump.battery 88"));
  ASSERT_TRUE(b.say("condition pump mains_lost on"));
  b.registers(100, 43);
  const std::string facts = b.sent.back().facts;
  EXPECT_THAT(facts, HasSubstr(R"("rate_set":45)"));
  EXPECT_THAT(facts, HasSubstr(R"("battery":88)"));
  EXPECT_THAT(facts, HasSubstr(R"("state":"feeding")"));
  EXPECT_THAT(facts, HasSubstr(R"("conditions":["mains_lost"])"));
  EXPECT_THAT(facts, HasSubstr(R"("on_mains":false)"));
}

TEST(Profile, TheTruthOfTheMainsIsTheBitOfTheRegister) {
  for (const std::string condition : {"mains_lost", "all_power_lost"}) {
    Bench b("lvp1", Role::ventilator);
    ASSERT_TRUE(b.say("condition ventilator " + condition + " on"));
    const auto registers = b.registers(100, 51);
    EXPECT_EQ(registers[46] & 1, 0) << condition;
    EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("on_mains":false)")) << condition;
  }
}

}  // namespace
}  // namespace lamplight::sim
