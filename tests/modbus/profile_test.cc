// A reply that is old, torn, cached or frozen must never look like a reading of now; what the
// device says must never be lost between two polls.
#include "drivers/modbus/profile.h"

#include <gtest/gtest.h>

#include "tests/modbus/recorder.h"

namespace lamplight::modbus {
namespace {

using Outcome = LiveCheck::Outcome;

struct Live : testing::Test {
  Outcome poll(LiveBlock& block) {
    verdict = {};
    return check.check(block.words, now, verdict, sink);
  }
  Outcome next(LiveBlock& block) {
    now = now + seconds(1);
    block.tick();
    return poll(block);
  }
  MonoTime now{seconds(1000).ns};
  Recorder sink;
  Verdict verdict;
  LiveCheck check{Role::pump};
  LiveBlock pump{Role::pump};
};

TEST_F(Live, TornSnapshotIsDropped) {
  pump.words[42] = 99;
  EXPECT_EQ(poll(pump), Outcome::torn);
  pump.set_heartbeat(2);
  pump.words[0] = 0x4C02;
  EXPECT_EQ(poll(pump), Outcome::torn);
}

TEST_F(Live, FrozenHeartbeatMakesValuesStaleAfterThreeSeconds) {
  EXPECT_EQ(poll(pump), Outcome::good);
  now = now + milliseconds(2900);
  EXPECT_EQ(poll(pump), Outcome::frozen);
  now = now + milliseconds(200);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::stale);
  EXPECT_TRUE(sink.has_fact("frozen:on"));
}

TEST_F(Live, CachedBridgeIsUnmaskedByUptime) {
  EXPECT_EQ(poll(pump), Outcome::good);
  now = now + seconds(60);
  pump.tick();  // one second by the device, sixty by us
  EXPECT_EQ(poll(pump), Outcome::suspect);
  EXPECT_TRUE(sink.has_fact("stale_reply:"));
}

// Half a second a poll: each poll alone is within the tolerance.
TEST_F(Live, SlowlyGrowingLagIsUnmasked) {
  EXPECT_EQ(poll(pump), Outcome::good);
  int polls = 0;
  Outcome outcome = Outcome::good;
  for (; polls < 20 && outcome == Outcome::good; ++polls) {
    now = now + milliseconds(1500);
    pump.tick();
    outcome = poll(pump);
  }
  EXPECT_EQ(outcome, Outcome::suspect);
  EXPECT_LE(polls, 6);
}

TEST_F(Live, UptimeThatStandsStillIsUnmaskedAndStaysSo) {
  EXPECT_EQ(poll(pump), Outcome::good);
  int believed = 0;
  for (int second = 0; second < 600; ++second) {
    now = now + seconds(1);
    pump.set_heartbeat(static_cast<uint16_t>(pump.words[1] + 1));
    const Outcome outcome = poll(pump);
    believed += outcome == Outcome::good && verdict.all_missing == Reason::none ? 1 : 0;
    if (outcome == Outcome::suspect) check.begin();
  }
  EXPECT_LE(believed, 2);
  EXPECT_EQ(sink.count_facts("stale_reply:"), 1U);
  EXPECT_TRUE(sink.has_fact("uptime_unfit:on"));
}

TEST_F(Live, UptimeALittleLowerIsSuspectAtOnce) {
  EXPECT_EQ(poll(pump), Outcome::good);
  now = now + milliseconds(500);
  pump.set_heartbeat(2);
  pump.set32(2, 5999);
  EXPECT_EQ(poll(pump), Outcome::suspect);
}

// A snapshot may be a second old when it is read, beside the crystal's 1 %.
TEST_F(Live, ClockWithinOnePercentIsNeverSuspected) {
  for (const int milli : {990, 1010}) {
    check = LiveCheck(Role::pump);
    const MonoTime start = now;
    for (int second = 0; second < 6 * 3600; ++second) {
      now = start + seconds(second) + milliseconds(second * 389 % 1000);
      pump.set_heartbeat(static_cast<uint16_t>(pump.words[1] + 1));
      pump.set32(2, static_cast<uint32_t>(6000 + int64_t{second} * milli / 100));
      ASSERT_EQ(poll(pump), Outcome::good) << second;
      ASSERT_EQ(verdict.all_missing, Reason::none) << second;
    }
  }
}

TEST_F(Live, ClockThatJumpedIsBelievedAgainAfterAMinute) {
  EXPECT_EQ(poll(pump), Outcome::good);
  pump.set32(2, 60000);
  for (int second = 0; second <= 60; ++second) {
    const Outcome outcome = next(pump);
    EXPECT_EQ(outcome == Outcome::good && verdict.all_missing == Reason::none, second == 60);
  }
  EXPECT_TRUE(sink.has_fact("uptime_unfit:off"));
}

TEST_F(Live, HeartbeatAndCounterAreRememberedThroughASilence) {
  pump.set32(29, 1000);
  EXPECT_EQ(poll(pump), Outcome::good);
  check.begin();
  now = now + seconds(10);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::stale) << "the same snapshot as before the silence";
  check.begin();
  now = now + seconds(1);
  for (int i = 0; i < 11; ++i) pump.tick();
  pump.set32(29, 900);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::device_fault);
  EXPECT_TRUE(sink.has_fact("contradiction:on"));
  check.begin_another();
  pump.set32(2, 3);
  pump.set32(29, 1);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::none);
}

TEST_F(Live, RestartIsAnEventNotAFault) {
  EXPECT_EQ(poll(pump), Outcome::good);
  pump.set32(2, 3);
  pump.set_heartbeat(77);
  now = now + seconds(1);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_TRUE(sink.has_fact("uptime:"));
  EXPECT_EQ(verdict.all_missing, Reason::none);
}

TEST_F(Live, DemoFlagSilencesValues) {
  pump.words[17] = 1;
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::self_test);
}

TEST_F(Live, FlagsThatAreNotAvailableAreAFaultAndNoDemo) {
  pump.words[17] = 0xFFFF;
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(verdict.all_missing, Reason::device_fault);
  EXPECT_TRUE(sink.has_fact("flags_missing:on"));
  EXPECT_FALSE(sink.has_fact("demo"));
  EXPECT_FALSE(sink.has_fact("service_mode"));
}

TEST_F(Live, AnnunciationThatIsNotAvailableSaysNothingOfTheSounder) {
  pump.words[15] = 0xFFFF;
  EXPECT_EQ(poll(pump), Outcome::good);
  ASSERT_TRUE(sink.last.contains("pump.silenced"));
  EXPECT_TRUE(sink.last.at("pump.silenced").is_missing());
  EXPECT_TRUE(verdict.present.empty()) << "no sounder_fault";
}

TEST(Ventilator, AnnunciationThatIsNotAvailableSaysNothingOfTheSounder) {
  LiveCheck check(Role::ventilator);
  LiveBlock block(Role::ventilator);
  block.words[15] = 0xFFFF;
  Recorder sink;
  Verdict verdict;
  ASSERT_EQ(check.check(block.words, MonoTime{seconds(10).ns}, verdict, sink), Outcome::good);
  ASSERT_TRUE(sink.last.contains("ventilator.silenced"));
  EXPECT_TRUE(sink.last.at("ventilator.silenced").is_missing());
  EXPECT_FALSE(sink.has_fact("sounder_fault"));
}

TEST_F(Live, SilencedConditionStaysPresent) {
  pump.set32(9, 1U << 7);
  pump.set32(11, 1U << 7);
  pump.words[15] = 1;
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(sink.value("pump.silenced"), 1);
  EXPECT_FALSE(sink.has_fact("latched_misses_present"));
}

TEST_F(Live, ReservedBitIsTheConditionOther) {
  pump.set32(9, 1U << 29);
  pump.set32(11, 1U << 29);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_TRUE(verdict.other_alarm);
  EXPECT_TRUE(sink.has_fact("reserved_alarm:on:bit 29"));
}

TEST_F(Live, LatchedLackingPresentIsSaid) {
  pump.set32(9, 1);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_TRUE(sink.has_fact("latched_misses_present:on"));
}

std::vector<uint16_t> ring_of(std::initializer_list<std::array<uint16_t, 3>> newest_first) {
  std::vector<uint16_t> words(66, 0);
  words[0] = 0x4C02;
  for (const auto& [seq, bit, action] : newest_first) {
    const size_t at = 2 + words[1] * 8U;
    words[at + 1] = seq;
    words[at + 4] = bit;
    words[at + 5] = action;
    ++words[1];
  }
  return words;
}

TEST_F(Live, AlarmBetweenPollsIsHeardFromTheRing) {
  pump.set32(13, 10);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_FALSE(check.wants_ring());
  pump.set32(13, 12);
  EXPECT_EQ(next(pump), Outcome::good);
  ASSERT_TRUE(check.wants_ring());
  EXPECT_TRUE(check.ring(ring_of({{12, 7, 2}, {11, 7, 1}, {10, 5, 1}}), now, sink));
  EXPECT_EQ(sink.value("pump.alarm.patient_tube_blocked"), 1);
  EXPECT_EQ(sink.value("pump.alarm.feed_bag_empty"), INT32_MIN);
  EXPECT_FALSE(check.wants_ring());
}

// Bit 0 demo, 1 self-test, 2 service: what the ring tells then is no alarm of a person.
TEST_F(Live, RingOfADemoIsNoAlarmNeitherThenNorAfterwards) {
  for (const uint16_t flags : {1, 2, 4, 0xFFFF}) {
    LiveCheck fresh(Role::pump);
    check = fresh;
    sink.clear();
    pump.words[17] = 0;
    pump.set32(13, 10);
    EXPECT_EQ(next(pump), Outcome::good);
    pump.words[17] = flags;
    pump.set32(13, 11);
    EXPECT_EQ(next(pump), Outcome::good);
    ASSERT_TRUE(check.wants_ring());
    EXPECT_TRUE(check.ring(ring_of({{11, 7, 1}}), now, sink));
    pump.words[17] = 0;
    EXPECT_EQ(next(pump), Outcome::good);
    EXPECT_FALSE(check.wants_ring()) << "its numbers are heard of";
    EXPECT_FALSE(sink.last.contains("pump.alarm.patient_tube_blocked")) << flags;
    EXPECT_FALSE(sink.has_fact("alarm_between_polls")) << flags;
  }
}

TEST_F(Live, SilencedOfADemoIsMissingAndThatOfAFrozenDeviceToo) {
  pump.words[15] = 1;
  pump.words[17] = 1;
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(sink.reason("pump.silenced"), Reason::self_test);
  pump.words[17] = 0;
  next(pump);
  EXPECT_EQ(sink.value("pump.silenced"), 1);
  now = now + seconds(4);
  EXPECT_EQ(poll(pump), Outcome::good);
  EXPECT_EQ(sink.reason("pump.silenced"), Reason::stale);
}

TEST_F(Live, TotalOfADemoIsNeitherFreeFlowNorAFaultWhenItEnds) {
  pump.words[7] = 3;  // hold
  pump.set32(29, 1000);
  for (int i = 0; i < 4; ++i) next(pump);
  pump.words[17] = 1;
  for (uint32_t total = 5000; total < 5010; ++total) {
    pump.set32(29, total);
    next(pump);
  }
  pump.words[17] = 0;
  pump.set32(29, 1000);
  next(pump);
  EXPECT_EQ(verdict.all_missing, Reason::none);
  EXPECT_TRUE(verdict.present.empty());
  EXPECT_FALSE(sink.has_fact("free_flow_by_driver"));
  EXPECT_FALSE(sink.has_fact("contradiction"));
}

TEST_F(Live, RingOverrunNamesWhatWasLost) {
  pump.set32(13, 10);
  poll(pump);
  pump.set32(13, 30);
  next(pump);
  EXPECT_TRUE(check.ring(ring_of({{30, 1, 1}, {29, 1, 2}}), now, sink));
  EXPECT_TRUE(sink.has_fact("alarm_events_lost:alarm events 11 to 28 were lost"));
}

// What happens twice is told twice.
TEST_F(Live, SecondAlarmBetweenPollsIsToldAsWell) {
  pump.set32(13, 10);
  poll(pump);
  for (const uint16_t seq : {11, 12}) {
    pump.set32(13, seq);
    next(pump);
    EXPECT_TRUE(check.ring(ring_of({{seq, 7, 1}}), now, sink));
  }
  EXPECT_EQ(sink.count_facts("alarm_between_polls:alarm.patient_tube_blocked"), 2U);
}

// An event between the two reads is in the ring already: it is not counted as a lost one.
TEST_F(Live, RingNewerThanTheLiveBlockLosesNothing) {
  pump.set32(13, 10);
  poll(pump);
  pump.set32(13, 11);
  next(pump);
  EXPECT_TRUE(check.ring(ring_of({{12, 7, 1}, {11, 5, 1}}), now, sink));
  EXPECT_FALSE(sink.has_fact("alarm_events_lost"));
}

TEST_F(Live, AlarmSeqGoingBackIsMemoryLoss) {
  pump.set32(13, 10);
  poll(pump);
  pump.set32(13, 2);
  next(pump);
  EXPECT_TRUE(sink.has_fact("memory_lost:"));
  EXPECT_FALSE(check.wants_ring());
}

TEST_F(Live, TotalRisingWhileHeldIsFreeFlow) {
  pump.words[7] = 3;  // hold
  pump.set32(29, 1000);
  poll(pump);
  for (int i = 0; i < 3; ++i) next(pump);
  EXPECT_TRUE(verdict.present.empty());
  pump.set32(29, 1001);
  next(pump);
  EXPECT_EQ(verdict.present.size(), 1U);
  EXPECT_TRUE(sink.has_fact("free_flow_by_driver:on"));
}

struct FreeFlow : Live {
  FreeFlow() {
    pump.words[7] = 3;  // hold
    pump.set32(29, 1000);
    for (int i = 0; i < 4; ++i) next(pump);
    pump.set32(29, 1001);
    next(pump);
    EXPECT_TRUE(is_said());
  }
  bool is_said() const { return !verdict.present.empty(); }
};

TEST_F(FreeFlow, IsHeldWhileThePumpDoesNotDeliverHoweverLong) {
  for (int second = 0; second < 300; ++second) {
    next(pump);
    ASSERT_TRUE(is_said()) << second;
  }
  EXPECT_EQ(sink.count_facts("free_flow_by_driver"), 1U);
}

TEST_F(FreeFlow, EndsWhenItDeliversAndNothingFlowedForAMinute) {
  pump.words[7] = 2;
  for (int second = 1; second <= 60; ++second) {
    pump.set32(29, static_cast<uint32_t>(1001 + second));
    next(pump);
    EXPECT_EQ(is_said(), second < 60) << second;
  }
  EXPECT_TRUE(sink.has_fact("free_flow_by_driver:off"));
}

TEST_F(FreeFlow, OutlivesASilenceAndIsOverByARestartOrAnotherDevice) {
  check.begin();
  next(pump);
  EXPECT_TRUE(is_said());
  LiveCheck same = check;
  pump.set32(2, 3);
  pump.set_heartbeat(99);
  now = now + seconds(1);
  poll(pump);
  EXPECT_TRUE(sink.has_fact("uptime:"));
  EXPECT_FALSE(is_said()) << "restarted";
  check = same;
  check.begin_another();
  poll(pump);
  EXPECT_FALSE(is_said()) << "another device";
}

TEST_F(Live, FeedingWithoutARiseIsUnderDelivery) {
  pump.words[19] = 450;  // 45.0 mL/h: 24 s for 0.3 mL, so the least patience of 60 s counts
  pump.set32(29, 1000);
  poll(pump);
  for (int i = 0; i < 60; ++i) next(pump);
  EXPECT_FALSE(sink.has_fact("under_delivery_by_driver"));
  next(pump);
  EXPECT_TRUE(sink.has_fact("under_delivery_by_driver:on"));
}

TEST_F(Live, CounterThatFellIsADeviceFault) {
  pump.set32(29, 1000);
  poll(pump);
  pump.set32(29, 900);
  next(pump);
  EXPECT_EQ(verdict.all_missing, Reason::device_fault);
  EXPECT_TRUE(sink.has_fact("contradiction:on"));
  next(pump);
  EXPECT_EQ(verdict.all_missing, Reason::none);
  EXPECT_TRUE(sink.has_fact("contradiction:off"));
}

TEST_F(Live, StoppingInAlarmWithoutOneIsOther) {
  pump.words[7] = 8;
  poll(pump);
  EXPECT_TRUE(verdict.other_alarm);
  pump.set32(9, 1U << 7);
  pump.set32(11, 1U << 7);
  next(pump);
  EXPECT_FALSE(verdict.other_alarm);
}

TEST(Ventilator, NoBreathForItsApnoeaTimeIsApnoeaByUs) {
  LiveCheck check(Role::ventilator);
  LiveBlock block(Role::ventilator);
  Recorder sink;
  MonoTime now{seconds(10).ns};
  bool said = false;
  for (int second = 0; second <= 23; ++second) {
    Verdict verdict;
    ASSERT_EQ(check.check(block.words, now, verdict, sink), Outcome::good);
    said = !verdict.present.empty();
    EXPECT_EQ(said, second > 22) << second;  // 20.0 s set + 2 s
    block.tick();
    now = now + seconds(1);
  }
  EXPECT_TRUE(said);
}

TEST(Ventilator, StandbyIsNotApnoea) {
  LiveCheck check(Role::ventilator);
  LiveBlock block(Role::ventilator);
  block.words[7] = 1;
  Recorder sink;
  MonoTime now{seconds(10).ns};
  for (int second = 0; second < 60; ++second) {
    Verdict verdict;
    check.check(block.words, now, verdict, sink);
    EXPECT_TRUE(verdict.present.empty());
    block.tick();
    now = now + seconds(1);
  }
}

TEST(Identity, CapabilityBitsNameWhatIsNotFitted) {
  EXPECT_TRUE(not_fitted(Role::pump, 0x00FF).empty());
  EXPECT_EQ(not_fitted(Role::pump, 0).size(), 3U);
  EXPECT_EQ(not_fitted(Role::ventilator, 0x7D), (std::vector<std::string_view>{"spo2", "pulse"}));
}

TEST(Identity, WrongPatternKindVersionOrNoSerialRefusesTheDevice) {
  auto words = identity_block(Role::pump);
  EXPECT_EQ(parse_identity(words, Role::pump)->serial, "SN1");
  EXPECT_FALSE(parse_identity(words, Role::ventilator));
  for (const auto& [at, value] : {std::pair{0, 0}, {1, 0x0200}, {2, 0x0304}, {5, 42}, {24, 0}}) {
    auto bent = words;
    bent[static_cast<size_t>(at)] = static_cast<uint16_t>(value);
    EXPECT_FALSE(parse_identity(bent, Role::pump)) << at;
  }
}

}  // namespace
}  // namespace lamplight::modbus
