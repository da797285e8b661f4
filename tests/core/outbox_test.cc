// What an independent subscriber must see: everything, in order per lane, alarms first, nothing
// before it is durable but what the 500 ms let go.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <variant>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

bool is_dense(const std::vector<uint64_t>& seqs) {
  for (size_t i = 1; i < seqs.size(); ++i) {
    if (seqs[i] != seqs[i - 1] + 1) return false;
  }
  return true;
}

// Raises and clears pulse_fast once a call: some events of lane alarm.
void beat(House& house) {
  house.pulse(160, milliseconds(500));
  house.pulse(100, milliseconds(500));
  for (int i = 0; i < 6; ++i) house.pulse(100, seconds(1));
}

TEST(Outbox, NothingIsPublishedBeforeItIsDurable) {
  // A message that a crash takes back would be a lie.
  House house;
  house.boot();
  house.connect_both();
  house.auto_commit = false;
  const size_t before = house.sent.size();
  house.pulse(160, milliseconds(10));
  house.pass(milliseconds(400));
  EXPECT_TRUE(house.seqs(Lane::alarm, before).empty());
  house.commit();
  EXPECT_FALSE(house.seqs(Lane::alarm, before).empty());
  EXPECT_EQ(house.sent_on("alarm/1")[0].payload["durable"], true);
}

TEST(Outbox, After500MillisecondsTheAlarmGoesOutUnconfirmed) {
  // A dead card is never the reason that a nurse was not called.
  House house;
  house.boot();
  house.connect_both();
  house.auto_commit = false;
  house.pulse(160, milliseconds(10));
  const MonoTime raised = house.now;
  house.pass(milliseconds(499));
  EXPECT_TRUE(house.sent_on("alarm/1").empty());
  house.pass(milliseconds(2));
  ASSERT_FALSE(house.sent_on("alarm/1").empty());
  EXPECT_LE((house.now - raised).ms(), 502);
  EXPECT_EQ(house.sent_on("alarm/1")[0].payload["durable"], false);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "record_failing");
  EXPECT_TRUE(house.core->store_is_known_stalled());
  house.auto_commit = true;
  house.settle();
  for (int i = 0; i < 8; ++i) house.pulse(160);
  EXPECT_FALSE(house.core->store_is_known_stalled());
  EXPECT_TRUE(is_dense(house.seqs(Lane::alarm)));
}

TEST(Outbox, HundredMessagesAtMostWaitForTheBroker) {
  // A broker that takes nothing must not make the home hold more and more.
  House house;
  house.boot();
  house.connect_both();
  house.auto_acknowledge = false;
  for (int i = 0; i < 60; ++i) beat(house);
  size_t live = 0;
  for (const Sent& s : house.sent) live += s.conn == Conn::live && s.message["qos"] == 1 ? 1U : 0U;
  EXPECT_LE(live, 100U + 10U);  // what was acknowledged while connecting, and the window
  house.auto_acknowledge = true;
  house.settle();
  house.pass(seconds(2));
  EXPECT_TRUE(is_dense(house.seqs(Lane::alarm)));
  EXPECT_EQ(house.seqs(Lane::alarm).back(), house.store.newest(Lane::alarm));
}

TEST(Outbox, AfterAnOutageAlarmsComeFirstInOrderAndMarkedHistorical) {
  // The nurse sees what happened before she sees the present numbers.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(100);
  house.lose(Conn::live);
  house.lose(Conn::backlog);
  for (int i = 0; i < 4; ++i) beat(house);
  const size_t before = house.sent.size();
  house.connect_both();
  house.pulse(160);
  const std::vector<uint64_t> alarms = house.seqs(Lane::alarm, before);
  EXPECT_TRUE(is_dense(alarms));
  EXPECT_EQ(alarms.back(), house.store.newest(Lane::alarm));
  size_t first_vitals = SIZE_MAX;
  size_t last_history = 0;
  std::vector<std::string> topics;
  for (size_t i = before; i < house.sent.size(); ++i) {
    const Sent& s = house.sent[i];
    topics.push_back(s.topic);
    if (s.topic == "vitals") first_vitals = std::min(first_vitals, i);
    if (s.topic == "backlog/alarm" || s.topic == "backlog/system") {
      last_history = i;
      EXPECT_EQ(s.payload["historical"], true);
      EXPECT_EQ(s.conn, Conn::live);
    }
  }
  EXPECT_EQ(topics[0], "status");
  EXPECT_EQ(topics[1], "alarms");
  EXPECT_LT(last_history, first_vitals);
  EXPECT_EQ(house.sent_on("backlog/vitals").empty(), false);
}

TEST(Outbox, VitalsHistoryComesInOrderAndLeavesNoHole) {
  // Every sample of an outage arrives, each seq once.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 3);
  house.lose(Conn::live);
  house.lose(Conn::backlog);
  house.spo2_for(96, 200);
  house.connect_both();
  house.spo2_for(95, 5);
  std::set<uint64_t> seen;
  for (const uint64_t seq : house.seqs(Lane::vitals)) seen.insert(seq);
  EXPECT_EQ(seen.size(), house.store.newest(Lane::vitals));
  std::vector<uint64_t> history;
  for (const Sent& s : house.sent_on("backlog/vitals")) {
    history.push_back(s.message["seq"]);
    EXPECT_EQ(s.conn, Conn::backlog);
  }
  EXPECT_TRUE(std::is_sorted(history.begin(), history.end()));
}

TEST(Outbox, ANewGenerationResumesFromTheLowestUnacknowledged) {
  // What the broker never confirmed is sent again, nothing else.
  House house;
  house.boot();
  house.connect_both();
  beat(house);
  house.auto_acknowledge = false;
  const uint64_t confirmed = house.store.newest(Lane::alarm);
  beat(house);
  house.lose(Conn::live);
  const size_t before = house.sent.size();
  house.connect(Conn::live);
  house.auto_acknowledge = true;
  house.settle();
  ASSERT_FALSE(house.seqs(Lane::alarm, before).empty());
  EXPECT_EQ(house.seqs(Lane::alarm, before).front(), confirmed + 1);
  EXPECT_TRUE(is_dense(house.seqs(Lane::alarm, before)));
}

TEST(Outbox, ABrokerThatKicksAtOnceLosesAndReordersNothing) {
  // Accept and kick, fifty times: still one copy of each key in order at the end.
  House house;
  house.boot();
  for (int i = 0; i < 50; ++i) {
    house.auto_acknowledge = i % 3 == 0;
    house.connect_both();
    house.pulse(i % 2 == 0 ? 160 : 100, seconds(3));
    house.lose(Conn::live);
    house.lose(Conn::backlog);
  }
  house.auto_acknowledge = true;
  const size_t before = house.sent.size();
  house.connect_both();
  beat(house);
  EXPECT_TRUE(is_dense(house.seqs(Lane::alarm, before)));
  std::set<uint64_t> seen;
  for (const uint64_t seq : house.seqs(Lane::alarm)) seen.insert(seq);
  EXPECT_EQ(seen.size(), house.store.newest(Lane::alarm));
}

TEST(Outbox, ResendFromReplaysTheRangeWithEqualContent) {
  // A care team that lost its disk gets every event again, marked historical.
  House house;
  house.boot();
  house.connect_both();
  for (int i = 0; i < 3; ++i) beat(house);
  house.settle();
  const uint64_t newest = house.store.newest(Lane::alarm);
  const size_t before = house.sent.size();
  house.command(R"({"v":1,"id":"c-1","type":"resend-from","store_id":"5f2c","lane":"alarm",)"
                R"("seq":3,"actor":"svc-1","role":"service"})");
  const std::vector<uint64_t> again = house.seqs(Lane::alarm, before);
  ASSERT_EQ(again.size(), newest - 2);
  EXPECT_EQ(again.front(), 3U);
  EXPECT_TRUE(is_dense(again));
  for (const Sent& s : house.sent_on("backlog/alarm")) EXPECT_EQ(s.payload["historical"], true);
  ASSERT_EQ(house.results().size(), 1U);
  EXPECT_EQ(house.results()[0]["outcome"], "done");
  EXPECT_TRUE(house.results()[0]["seq"].is_null());
}

TEST(Outbox, ResendFromTheNewestLeavesNothingUnsentBehind) {
  // A care-side tool that asks for the newest alarm only must not cost the nurse the others.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(100);
  const std::map<Lane, uint64_t> had = {{Lane::alarm, house.store.newest(Lane::alarm)},
                                        {Lane::vitals, house.store.newest(Lane::vitals)}};
  house.lose(Conn::live);
  house.lose(Conn::backlog);
  for (int i = 0; i < 4; ++i) beat(house);
  const size_t before = house.sent.size();
  for (const char* lane : {"alarm", "vitals"}) {
    house.command(R"({"v":1,"id":"c-)" + std::string(lane) +
                  R"(","type":"resend-from","store_id":"5f2c","lane":")" + lane + R"(","seq":)" +
                  std::to_string(house.store.newest(*lane_of(lane))) +
                  R"(,"actor":"svc-1","role":"service"})");
  }
  house.connect_both();
  house.pulse(160);
  house.pass(seconds(5));
  for (const auto& [lane, last] : had) {
    const std::vector<uint64_t> seqs = house.seqs(lane, before);
    const std::set<uint64_t> got(seqs.begin(), seqs.end());
    for (uint64_t seq = last + 1; seq <= house.store.newest(lane); ++seq) {
      EXPECT_TRUE(got.contains(seq)) << name_of(lane) << ' ' << seq;
    }
  }
  EXPECT_TRUE(is_dense(house.seqs(Lane::alarm, before)));
}

TEST(Outbox, ResendOfVitalsIsTheSameBytes) {
  // The copy read back from the store names the same content as the live one.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 5);
  const size_t before = house.sent.size();
  house.command(R"({"v":1,"id":"c-1","type":"resend-from","store_id":"5f2c","lane":"vitals",)"
                R"("seq":1,"actor":"svc-1","role":"service"})");
  house.pass(milliseconds(10));
  EXPECT_EQ(house.seqs(Lane::vitals, before).size(), house.store.newest(Lane::vitals));
}

TEST(Outbox, AStoreThatFellBackGetsTheMissingRange) {
  // `stored` lower than before means that the care team lost data.
  House house;
  house.boot();
  house.connect_both();
  for (int i = 0; i < 2; ++i) beat(house);
  house.stored(R"({"v":1,"store_id":"5f2c","alarm":5})");
  const size_t before = house.sent.size();
  house.stored(R"({"v":1,"store_id":"5f2c","alarm":2})");
  ASSERT_FALSE(house.seqs(Lane::alarm, before).empty());
  EXPECT_EQ(house.seqs(Lane::alarm, before).front(), 3U);
  const size_t other = house.sent.size();
  house.stored(R"({"v":1,"store_id":"other","alarm":0})");
  EXPECT_TRUE(house.seqs(Lane::alarm, other).empty());
}

// One second of fourteen samples that each raise or clear a hundred alarms, with a commit every
// 20 ms. The first and the last seq of lane alarm that came of it.
struct Storm {
  uint64_t first = 0;
  uint64_t last = 0;
  size_t size() const { return last + 1 - first; }
};
constexpr size_t kStormAlarms = 100;

Storm storm_for_a_second(House& house) {
  house.settle();
  const uint64_t before = house.store.newest(Lane::alarm);
  const MonoTime from = house.now;
  for (int turn = 1; turn <= 99; ++turn) {
    if (turn % 7 == 0) {
      house.pulse(turn % 2 != 0 ? 160 : 100, milliseconds(10));
    } else {
      house.pass(milliseconds(10));
    }
    if (turn % 2 == 0) house.commit();
  }
  house.commit();
  EXPECT_LE(house.now - from, seconds(1));
  return {before + 1, house.store.newest(Lane::alarm)};
}

TEST(Outbox, ThousandAlarmsASecondShareCommits) {
  // A storm of events must not need an fsync each, and none may be missing.
  House house(storm_program(kStormAlarms));
  house.boot();
  house.connect_both();
  house.auto_commit = false;
  const int transactions = house.store.transactions_with_events;
  const size_t sent_before = house.sent.size();
  const Storm storm = storm_for_a_second(house);
  house.commit();
  EXPECT_GE(storm.size(), 1000U) << "all of them durable when the second is over";
  EXPECT_LE(house.store.transactions_with_events - transactions, 60);
  EXPECT_FALSE(house.core->store_is_known_stalled());
  house.settle();
  const std::vector<uint64_t> sent = house.seqs(Lane::alarm, sent_before);
  ASSERT_GE(sent.size(), storm.size());
  EXPECT_TRUE(is_dense(sent)) << "each once, in order";
  EXPECT_EQ(sent.back(), house.store.newest(Lane::alarm));
  EXPECT_EQ(house.store.rows[static_cast<size_t>(Lane::alarm)].size(),
            house.store.newest(Lane::alarm));
  size_t raised = 0;
  size_t cleared = 0;
  for (const std::string& name : house.store.names(Lane::alarm)) {
    raised += name == "alarm.raised" ? 1U : 0U;
    cleared += name == "alarm.cleared" ? 1U : 0U;
  }
  EXPECT_GE(raised, 7 * kStormAlarms);
  EXPECT_GE(cleared, 7 * kStormAlarms);
}

TEST(Outbox, AStormThatNobodyTakesIsReadBackInsteadOfHeld) {
  // A broker that acknowledges nothing must cost neither memory nor an event.
  House house(storm_program(kStormAlarms));
  house.boot();
  house.connect_both();
  house.settle();
  house.auto_commit = false;
  house.auto_acknowledge = false;
  const size_t sent_before = house.sent.size();
  const Storm storm = storm_for_a_second(house);
  ASSERT_GE(storm.size(), 1000U);
  const size_t window = 100;
  EXPECT_LE(house.seqs(Lane::alarm, sent_before).size(), window);
  size_t read_back = 0;
  for (int turn = 0; turn < 1000; ++turn) {
    for (const store::Job& job : house.store.queue) {
      const auto* read = std::get_if<store::ReadRange>(&job);
      if (read != nullptr && read->lane == Lane::alarm) read_back += read->count;
    }
    house.commit();
    house.acknowledge_all();
  }
  // The newest 256 may be held; what is older has to come from the store.
  EXPECT_GE(read_back, storm.size() - window - 256);
  const std::vector<uint64_t> sent = house.seqs(Lane::alarm, sent_before);
  ASSERT_GE(sent.size(), storm.size());
  EXPECT_TRUE(is_dense(sent)) << "each once, in order";
  EXPECT_EQ(sent.back(), house.store.newest(Lane::alarm));
}

TEST(Outbox, StalledReadOfHistoryDoesNotHoldANewAlarm) {
  // Reconnected, disk hung, history unreadable: the new alarm still goes out within its budget.
  House house;
  house.boot();
  for (int i = 0; i < 120; ++i) beat(house);  // more than the cache holds
  house.auto_commit = false;
  house.connect_both();
  house.pulse(160, milliseconds(10));
  house.pass(milliseconds(1100));
  bool live = false;
  for (const Sent& s : house.sent) {
    live = live || (s.topic.starts_with("alarm/") && s.payload["event"] == "alarm.raised");
  }
  EXPECT_TRUE(live);
  house.auto_commit = true;
  house.settle();
  std::set<uint64_t> seen;
  for (const uint64_t seq : house.seqs(Lane::alarm)) seen.insert(seq);
  EXPECT_EQ(seen.size(), house.store.newest(Lane::alarm));
}

TEST(Outbox, AlarmsSnapshotFollowsEveryChangeAndComesEveryMinute) {
  // Receivers reconcile by the snapshot, never by absence.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(160);
  house.pass(milliseconds(10));
  const auto docs = house.sent_on("alarms");
  const Json last = docs.back().payload;
  ASSERT_EQ(last["alarms"].size(), 1U);
  EXPECT_EQ(last["alarms"][0]["phase"], "continue");
  EXPECT_EQ(last["epoch"]["seq"], house.store.newest(Lane::alarm));
  EXPECT_FALSE(last.contains("seq"));
  EXPECT_EQ(docs.back().message["retain"], true);
  const size_t count = docs.size();
  house.pass(seconds(61));
  EXPECT_GT(house.sent_on("alarms").size(), count);
}

TEST(Outbox, GapRecordsHaveTheirOwnTopic) {
  // A receiver finds the reason of every hole in one place.
  House house;
  house.boot();
  house.connect_both();
  house.input(GapFound{{Lane::vitals, 4, 9, {}, {}, "quota"}});
  const auto gaps = house.sent_on("gap");
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].payload["missing"]["why"], "quota");
  EXPECT_EQ(gaps[0].payload["missing"]["first"], 4);
  ASSERT_EQ(house.store.gaps.size(), 1U) << "the row comes with its event";
  EXPECT_EQ(house.store.gaps[0].why, "quota");
}

}  // namespace
}  // namespace lamplight::core
