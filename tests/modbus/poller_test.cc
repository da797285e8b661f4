// One dead or confused unit must not slow its neighbours, nor ever be served as alive.
#include "tests/modbus/poller_fixture.h"

namespace lamplight::modbus {
namespace {

TEST_F(Poller, ReadsIdentityBeforeValues) {
  identify();
  EXPECT_TRUE(sink.has_fact("serial:SN1"));
  EXPECT_TRUE(sink.last.empty());
  EXPECT_EQ(ask().first, kLiveFirst);
}

TEST_F(Poller, AlternatesTheCountSoThatAStaleReplyHasTheWrongLength) {
  identify();
  EXPECT_EQ(ask().count, 43);
  answer_live(43);
  EXPECT_EQ(ask().count, 44);
  answer_live(44);
  EXPECT_EQ(ask().count, 43);
}

TEST_F(Poller, KeepsItsPeriod) {
  identify();
  const MonoTime first = now;
  for (int i = 0; i < 5; ++i) {
    const Request request = ask();
    EXPECT_EQ(now - first, seconds(i));
    answer_live(request.count);
  }
}

TEST_F(Poller, ThreeBadPollsAreLinkLostAndQuarantine) {
  identify();
  answer_live(ask().count);
  EXPECT_TRUE(poller->take_link_change()->is_up);
  time_out();
  time_out();
  EXPECT_FALSE(poller->take_link_change());
  EXPECT_FALSE(poller->is_quarantined());
  time_out();
  const auto change = poller->take_link_change();
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->is_up);
  EXPECT_TRUE(poller->is_quarantined());
}

TEST_F(Poller, AnswersOfAnotherUnitAreBadPollsAndSaidUntilTheRightOneAnswers) {
  identify();
  poller->take_link_change();
  for (int i = 0; i < 3; ++i) {
    ask();
    poller->failed(now, {PollError::another_unit, 0});
    EXPECT_TRUE(sink.has_fact("another_unit:on:another unit answers for unit 1"));
  }
  EXPECT_TRUE(sink.last.empty()) << "no value of theirs";
  const auto change = poller->take_link_change();
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->is_up);
  EXPECT_NE(change->why.find("another unit"), std::string::npos) << change->why;
  identify();
  EXPECT_TRUE(sink.has_fact("another_unit:off"));
}

TEST_F(Poller, ProbesAtFiveSecondsDoublingToSixty) {
  identify();
  for (int i = 0; i < 3; ++i) time_out();
  for (const int expected : {5, 10, 20, 40, 60, 60}) {
    EXPECT_EQ(poller->due() - now, seconds(expected));
    const Request probe = ask();
    EXPECT_TRUE(probe.is_probe);
    EXPECT_EQ(probe.first, kIdentityFirst);
    poller->failed(now, {PollError::timeout, 0});
  }
}

TEST_F(Poller, FirstGoodProbeEndsTheQuarantine) {
  identify();
  for (int i = 0; i < 3; ++i) time_out();
  poller->take_link_change();
  identify();
  EXPECT_FALSE(poller->is_quarantined());
  EXPECT_TRUE(poller->take_link_change()->is_up);
  EXPECT_EQ(poller->due(), now);
}

TEST_F(Poller, QuarantineEndsWhenThePortWasLostAndNotWhenItIsMerelyReopened) {
  identify();
  for (int i = 0; i < 3; ++i) time_out();
  poller->reopened(now);
  EXPECT_TRUE(poller->is_quarantined());
  EXPECT_GT(poller->due(), now);
  poller->port_lost();
  EXPECT_TRUE(poller->is_quarantined());
  poller->reopened(now);
  EXPECT_FALSE(poller->is_quarantined());
  EXPECT_EQ(poller->due(), now);
  EXPECT_EQ(ask().first, kIdentityFirst);
}

// A wrong map is a mistake to be told loudly and once, not a request repeated every second.
TEST_F(Poller, ExceptionTwoStopsTheBlockAndIsTheWrongDevice) {
  identify();
  note_link();
  except(2);
  note_link();
  EXPECT_TRUE(sink.has_fact("map_refused:on"));
  EXPECT_TRUE(sink.has_fact("map:the device refuses block 'live' (exception 2)"));
  EXPECT_EQ(links, "+-") << "a map of one block: nothing is left to ask";
  EXPECT_EQ(poller->due() - now, seconds(5)) << "not at once again";
}

TEST_F(Poller, RefusedMapIsProbedRarelyAndNeverSaidToBeUpByItsIdentity) {
  identify();
  note_link();
  for (const int expected : {5, 10, 20, 40, 60, 60}) {
    except(2);
    note_link();
    EXPECT_EQ(poller->due() - now, seconds(expected));
    identify();
    note_link();
  }
  EXPECT_EQ(links, "+-");
  answer_live(ask().count);
  note_link();
  EXPECT_EQ(links, "+-+");
  EXPECT_TRUE(sink.has_fact("map_refused:off"));
  EXPECT_EQ(ask().first, kLiveFirst);
  EXPECT_FALSE(poller->request().is_probe);
}

TEST_F(Poller, RefusedRingDoesNotStopTheValues) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  block.set32(13, 11);
  answer_live(ask().count);
  EXPECT_EQ(ask().first, kRingFirst);
  except(2);
  EXPECT_TRUE(sink.has_fact("map_refused:on:the device refuses block 'ring'"));
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(ask().first, kLiveFirst);
    answer_live(poller->request().count);
  }
  EXPECT_FALSE(poller->is_quarantined());
}

TEST_F(Poller, BrokenRingDoesNotHoldUpTheValues) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  block.set32(13, 11);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(ask().first, kLiveFirst) << i;
    answer_live(poller->request().count);
    ASSERT_EQ(ask().first, kRingFirst) << i;
    poller->failed(now, {PollError::broken, 0});
  }
  EXPECT_FALSE(poller->is_quarantined());
}

TEST_F(Poller, DeviceThatSaysItHasFailedHasNoValues) {
  for (const int code : {4, 8}) {
    identify();
    answer_live(ask().count);
    except(code);
    EXPECT_EQ(sink.reason("pump.rate"), Reason::device_fault) << code;
    EXPECT_TRUE(sink.has_fact("device_failure:on"));
    answer_live(ask().count);
    EXPECT_TRUE(sink.has_fact("device_failure:off"));
    poller->reopened(now);
    sink.clear();
  }
}

// "Busy" is an answer; a device that is busy for ever tells nothing all the same.
TEST_F(Poller, BusyIsAskedAgainNextCycleAndIsLostAfterTenSeconds) {
  identify();
  note_link();
  for (int second = 0; second < 10; ++second) {
    EXPECT_EQ(ask().first, kLiveFirst);
    except(second % 2 == 0 ? 5 : 6);
    EXPECT_FALSE(poller->is_quarantined()) << second;
    EXPECT_EQ(poller->due() - now, seconds(1));
  }
  except(6);
  note_link();
  EXPECT_TRUE(poller->is_quarantined());
  EXPECT_EQ(links, "+-");
}

TEST_F(Poller, BusyDuringIdentifyIsAskedForItsIdentityAgain) {
  except(6);
  EXPECT_GT(poller->due(), now) << "not at once";
  EXPECT_EQ(ask().first, kIdentityFirst);
  EXPECT_TRUE(sink.last.empty());
}

TEST_F(Poller, BusyRingIsAskedAgainAfterTheNextValues) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  block.set32(13, 11);
  answer_live(ask().count);
  ASSERT_EQ(ask().first, kRingFirst);
  except(6);
  EXPECT_EQ(ask().first, kLiveFirst);
  answer_live(poller->request().count);
  EXPECT_EQ(ask().first, kRingFirst);
}

TEST_F(Poller, AnotherSerialThanTheEnrolledOneIsRefused) {
  poller = std::make_unique<UnitPoller>(map, UnitSettings{.role = Role::pump, .serial = "MINE"},
                                        sink, now);
  ask();
  answer(identity_block(Role::pump, "OTHER"));
  EXPECT_TRUE(poller->is_refused());
  EXPECT_TRUE(sink.has_fact("identity:serial number OTHER answers"));
  EXPECT_TRUE(sink.last.empty());
  EXPECT_EQ(ask().first, kIdentityFirst);
}

TEST_F(Poller, IdentityIsReadAgainEveryMinute) {
  identify();
  int cycles = 0;
  while (ask().first == kLiveFirst && cycles < 100) {
    ++cycles;
    answer_live(poller->request().count);
  }
  EXPECT_EQ(cycles, 60);
}

TEST_F(Poller, MissingRegistersNeverBecomeZero) {
  identify();
  block.words[20] = 0xFFFF;
  block.words[33] = 0x8000;
  block.words[35] = 101;
  answer_live(ask().count);
  EXPECT_EQ(sink.reason("pump.rate"), Reason::stale);
  EXPECT_EQ(sink.reason("pump.pressure_down"), Reason::stale);
  EXPECT_EQ(sink.reason("pump.battery"), Reason::out_of_range);
}

TEST_F(Poller, BitsOfARegisterThatIsNotAvailableAreMissing) {
  identify();
  block.words[37] = 0xFFFF;
  answer_live(ask().count);
  EXPECT_EQ(sink.reason("pump.on_mains"), Reason::stale);
  block.words[37] = 0x0001;
  answer_live(ask().count);
  EXPECT_EQ(sink.value("pump.on_mains"), 1);
}

TEST(ShippedMaps, EveryBitRegisterHasItsMissingNumber) {
  for (const auto name : shipped_maps()) {
    const auto map = load_map(std::string(name));
    ASSERT_TRUE(map);
    for (const RegisterRow& row : map->registers) {
      const bool is_right = row.type != RegisterType::bit || row.missing == 0xFFFFU;
      EXPECT_TRUE(is_right) << name << " " << row.signal;
    }
  }
}

TEST_F(Poller, UnknownStateIsAFault) {
  identify();
  block.words[7] = 47;
  answer_live(ask().count);
  EXPECT_EQ(sink.reason("pump.state"), Reason::device_fault);
  EXPECT_TRUE(sink.has_fact("unknown_state:on:unknown state 47"));
}

// A pump without a pressure sensor must not show a pressure, whatever its register holds.
TEST_F(Poller, ValueWhoseCapabilityBitIsClearIsNotBelieved) {
  auto identity = identity_block(Role::pump);
  identity[6] = 0x00FF & ~(1 << 1);
  ask();
  answer(identity);
  block.words[20] = 446;
  block.words[33] = 100;
  block.words[34] = 50;
  answer_live(ask().count);
  EXPECT_EQ(sink.value("pump.rate"), 446);
  EXPECT_TRUE(sink.last.at("pump.pressure_down").is_missing());
  EXPECT_EQ(sink.value("pump.pressure_up"), 50);
}

TEST_F(Poller, WatchdogShorterThanThePollIsSaid) {
  auto identity = identity_block(Role::pump);
  identity[7] = 1;
  ask();
  answer(identity);
  EXPECT_TRUE(sink.has_fact("watchdog_too_short:on"));
  identity[7] = 30;
  poller->reopened(now);
  ask();
  answer(identity);
  EXPECT_TRUE(sink.has_fact("watchdog_too_short:off"));
}

}  // namespace
}  // namespace lamplight::modbus
