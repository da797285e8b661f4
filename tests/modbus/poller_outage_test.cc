// What a unit had last said stands through silence, reopening and doubt, and is forgotten with the
// device: nothing old may look alive, and nothing that happened meanwhile may be lost.
#include "tests/modbus/poller_fixture.h"

namespace lamplight::modbus {
namespace {

TEST_F(Poller, ReopenedPortIdentifiesBeforeValues) {
  identify();
  answer_live(ask().count);
  poller->reopened(now);
  EXPECT_EQ(ask().first, kIdentityFirst);
}

TEST_F(Poller, SuspectReplyIsNotUsedAndIdentifiesAgain) {
  identify();
  answer_live(ask().count);
  sink.clear();
  now = now + seconds(30);
  block.tick();  // the device's clock moves one second meanwhile: a cached reply
  answer({block.words.begin(), block.words.begin() + 44});
  EXPECT_TRUE(sink.last.empty());
  EXPECT_EQ(ask().first, kIdentityFirst);
}

TEST_F(Poller, CachedRepliesHaveNoValuesHoweverOftenTheDeviceSaysWhoItIs) {
  identify();
  answer_live(ask().count);
  now = now + seconds(30);
  sink.clear();
  for (int i = 0; i < 20; ++i) {
    const Request request = ask();
    if (request.first == kIdentityFirst) {
      answer(identity_block(Role::pump));
      continue;
    }
    block.set_heartbeat(static_cast<uint16_t>(block.words[1] + 1));
    answer({block.words.begin(), block.words.begin() + request.count});
  }
  ASSERT_TRUE(sink.history.contains("pump.rate"));
  for (const auto& reading : sink.history["pump.rate"]) EXPECT_TRUE(reading.is_missing());
  EXPECT_EQ(sink.reason("pump.alarm.low_battery"), Reason::stale);
  EXPECT_EQ(sink.count_facts("stale_reply:"), 1U);
}

TEST_F(Poller, FrozenDeviceIsNotAliveAgainAfterEveryReconnect) {
  identify();
  answer_live(ask().count);
  const std::vector<uint16_t> frozen{block.words.begin(), block.words.begin() + 43};
  now = now + seconds(10);
  for (int i = 0; i < 3; ++i) {
    poller->reopened(now);
    identify();
    sink.clear();
    ask();
    answer(frozen);
    EXPECT_EQ(sink.reason("pump.rate"), Reason::stale) << i;
    now = now + seconds(5);
  }
}

TEST_F(Poller, RestartDuringAnOutageIsAnEvent) {
  identify();
  answer_live(ask().count);
  now = now + seconds(60);
  poller->reopened(now);
  identify();
  ask();
  block.set_heartbeat(7);
  block.set32(2, 250);
  answer({block.words.begin(), block.words.begin() + poller->request().count});
  EXPECT_TRUE(sink.has_fact("uptime:"));
  EXPECT_NE(sink.value("pump.rate"), INT32_MIN);
}

TEST_F(Poller, ClockOfAnotherDeviceIsItsOwn) {
  identify();
  answer_live(ask().count);
  poller->reopened(now);
  ask();
  answer(identity_block(Role::pump, "SN2"));
  ask();
  block.set_heartbeat(block.words[1]);
  block.set32(2, 5'000'000);
  answer({block.words.begin(), block.words.begin() + poller->request().count});
  EXPECT_NE(sink.value("pump.rate"), INT32_MIN);
  EXPECT_FALSE(sink.has_fact("stale_reply"));
  EXPECT_FALSE(sink.has_fact("uptime:"));
}

TEST_F(Poller, SwitchedOffIsNotLostAndEndsWhenItIsOnAgain) {
  identify();
  block.words[7] = 11;
  answer_live(ask().count);
  for (int i = 0; i < 3; ++i) time_out();
  EXPECT_TRUE(sink.has_fact("switched_off:on"));
  identify();
  EXPECT_FALSE(sink.has_fact("switched_off:off"));
  block.words[7] = 1;
  answer_live(ask().count);
  EXPECT_TRUE(sink.has_fact("switched_off:off"));
}

// Over TCP every time-out opens the connection anew; what the device last said still stands.
TEST_F(Poller, SwitchedOffIsRememberedThroughReopening) {
  identify();
  block.words[7] = 11;
  answer_live(ask().count);
  for (int i = 0; i < 3; ++i) {
    time_out();
    poller->reopened(now);
  }
  EXPECT_TRUE(sink.has_fact("switched_off:on"));
}

TEST_F(Poller, ReopeningTellsNobodyThatTheLinkIsDown) {
  identify();
  answer_live(ask().count);
  note_link();
  for (int i = 0; i < 3; ++i) {
    time_out();
    poller->reopened(now);
    note_link();
  }
  EXPECT_EQ(links, "+-");
}

std::vector<uint16_t> ring_with(uint16_t seq, uint16_t bit, uint16_t action) {
  std::vector<uint16_t> words(66, 0);
  words[0] = 0x4C02;
  words[1] = 1;
  words[3] = seq;
  words[6] = bit;
  words[7] = action;
  return words;
}

// An alarm that came and went while the cable was out is still in the ring.
TEST_F(Poller, AlarmDuringAnOutageIsHeardFromTheRing) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  for (int i = 0; i < 3; ++i) time_out();
  ASSERT_TRUE(poller->is_quarantined());
  identify();
  block.set32(13, 11);
  answer_live(ask().count);
  ASSERT_EQ(ask().first, kRingFirst);
  answer(ring_with(11, 7, 1));
  EXPECT_EQ(sink.value("pump.alarm.patient_tube_blocked"), 1);
}

TEST_F(Poller, AlarmNumbersThatBeganAnewDuringAnOutageAreMemoryLost) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  poller->reopened(now);
  identify();
  block.set32(13, 2);
  answer_live(ask().count);
  EXPECT_TRUE(sink.has_fact("memory_lost:"));
}

TEST_F(Poller, EventsOfAnotherDeviceAreNoNews) {
  identify();
  block.set32(13, 10);
  answer_live(ask().count);
  note_link();
  poller->reopened(now);
  ask();
  answer(identity_block(Role::pump, "SN2"));
  note_link();
  EXPECT_TRUE(sink.has_fact("device_changed:another device answers now: SN2"));
  EXPECT_EQ(links, "+-") << "the samples of the one before end";
  block.set32(13, 500);
  answer_live(ask().count);
  note_link();
  EXPECT_EQ(links, "+-+");
  EXPECT_EQ(ask().first, kLiveFirst) << "no ring";
}

}  // namespace
}  // namespace lamplight::modbus
