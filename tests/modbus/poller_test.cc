// One dead or confused unit must not slow its neighbours, nor ever be served as alive.
#include <gtest/gtest.h>

#include "drivers/modbus/unit_poller.h"
#include "tests/modbus/recorder.h"

namespace lamplight::modbus {
namespace {

struct Poller : testing::Test {
  Poller() {
    auto loaded = load_map("lfp-1");
    EXPECT_TRUE(loaded);
    map = *loaded;
    EXPECT_TRUE(bind_to_role(map, Role::pump));
    poller = std::make_unique<UnitPoller>(map, UnitSettings{.role = Role::pump}, sink, now);
  }
  Request ask() {
    now = std::max(now, poller->due());
    return poller->request();
  }
  void answer(const std::vector<uint16_t>& words) { poller->reply(now, words); }
  void answer_live(uint16_t count) {
    block.tick();
    answer({block.words.begin(), block.words.begin() + count});
  }
  void identify() {
    EXPECT_EQ(ask().first, kIdentityFirst);
    answer(identity_block(Role::pump));
  }
  void time_out() {
    ask();
    poller->failed(now + seconds(1), {PollError::timeout, 0});
    now = now + seconds(1);
  }

  MonoTime now{seconds(100).ns};
  Recorder sink;
  RegisterMap map;
  LiveBlock block{Role::pump};
  std::unique_ptr<UnitPoller> poller;
};

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

TEST_F(Poller, ExceptionTwoStopsTheBlockAndSaysTheMapIsWrong) {
  identify();
  ask();
  poller->failed(now, {PollError::exception, 2});
  EXPECT_TRUE(sink.has_fact("map_refused:on"));
}

TEST_F(Poller, BusyIsAskedAgainNextCycleAndIsNotBad) {
  identify();
  for (int i = 0; i < 10; ++i) {
    ask();
    poller->failed(now, {PollError::exception, 6});
  }
  EXPECT_FALSE(poller->is_quarantined());
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
  now = now + seconds(30);  // the device's clock moves one second meanwhile: a cached reply
  answer_live(44);
  EXPECT_TRUE(sink.last.empty());
  EXPECT_EQ(ask().first, kIdentityFirst);
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

TEST_F(Poller, UnknownStateIsAFault) {
  identify();
  block.words[7] = 47;
  answer_live(ask().count);
  EXPECT_EQ(sink.reason("pump.state"), Reason::device_fault);
  EXPECT_TRUE(sink.has_fact("unknown_state:on:unknown state 47"));
}

TEST_F(Poller, SwitchedOffIsNotLost) {
  identify();
  block.words[7] = 11;
  answer_live(ask().count);
  for (int i = 0; i < 3; ++i) time_out();
  EXPECT_TRUE(sink.has_fact("switched_off:on"));
}

}  // namespace
}  // namespace lamplight::modbus
