// What must hold when something is broken: a damaged record, a dead disk, a broker far away, more
// alarms than fit a datagram. Each of these costs itself, and never the process or an alarm.
#include <gtest/gtest.h>

#include "gateway/core/flight.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"
#include "tests/core/house.h"

namespace lamplight::core {
namespace {

std::string resend(const std::string& id, const std::string& lane, uint64_t seq) {
  return R"({"v":1,"id":")" + id + R"(","type":"resend-from","store_id":"5f2c","lane":")" + lane +
         R"(","seq":)" + std::to_string(seq) + R"(,"actor":"svc-1","role":"service"})";
}

// The gap records of lane vitals that name seqs.
std::vector<Json> lost(const House& house) {
  std::vector<Json> out;
  for (const Json& body : house.store.bodies(Lane::system)) {
    if (body["event"] != "system.gap" || body["missing"]["first"].is_null()) continue;
    if (body["missing"]["lane"] == "vitals") out.push_back(body["missing"]);
  }
  return out;
}

// Alarms of a night without a broker, and then a restart after which the card gives nothing back.
void wake_to_a_card_that_fails(House& house, int alarms) {
  house.boot();
  for (int i = 0; i < alarms; ++i) {
    house.pulse(160);
    house.pulse(100);
    house.pass(seconds(5));
  }
  house.settle();
  house.crash();
  house.store.reads_fail = true;
  house.boot();
}

TEST(OutboxSafety, BatchThatCannotBeReadBackIsAHoleToldOnce) {
  // A device renamed in the configuration, or a damaged segment, must not end the monitoring: the
  // batches are a told hole, what lies around them arrives, and asking again tells nothing new.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 8);
  house.store.unreadable = {3, 4, 6};
  const size_t before = house.sent.size();
  house.command(resend("c-1", "vitals", 1));
  house.spo2_for(97, 3);
  std::set<uint64_t> again;
  for (const Sent& s : house.sent_on("backlog/vitals"))
    again.insert(s.message["seq"].get<uint64_t>());
  EXPECT_EQ(again, (std::set<uint64_t>{1, 2, 5, 7, 8}));
  EXPECT_GT(house.sent.size(), before);
  ASSERT_EQ(lost(house).size(), 2U);
  EXPECT_EQ(lost(house)[0], Json({{"lane", "vitals"},
                                  {"first", 3},
                                  {"last", 4},
                                  {"t0", nullptr},
                                  {"t1", nullptr},
                                  {"why", "salvaged"}}));
  EXPECT_EQ(lost(house)[1]["first"], 6);
  house.command(resend("c-2", "vitals", 1));
  house.spo2_for(97, 3);
  EXPECT_EQ(lost(house).size(), 2U);
  house.pass(seconds(3));
  EXPECT_EQ(house.store.cursors[static_cast<size_t>(Lane::vitals)].broker_seq,
            house.store.newest(Lane::vitals))
      << "the cursor passes the hole";
}

TEST(OutboxSafety, ARestartNeitherDiesOfAnUnreadableBatchNorTellsItAgain) {
  // It was asked for after every restart again: the home went down for good.
  House house;
  house.boot();
  house.spo2_for(97, 6);
  house.store.unreadable = {1, 2, 3, 4, 5, 6};
  house.crash();
  house.boot();
  house.connect_both();
  house.spo2_for(97, 2);
  ASSERT_EQ(lost(house).size(), 1U);
  EXPECT_EQ(lost(house)[0]["last"], 6);
  house.crash();
  house.boot();
  house.connect_both();
  house.command(resend("c-1", "vitals", 1));
  house.spo2_for(97, 2);
  EXPECT_EQ(lost(house).size(), 1U);
}

TEST(OutboxSafety, SegmentDamagedInPartIsToldAndTheRestIsSent) {
  // One signal of a batch is gone: the others still arrive, and nobody takes them for the whole.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 6);
  house.store.damaged = {{Lane::vitals, 2, 5, {}, {}, "salvaged"}};
  house.command(resend("c-1", "vitals", 1));
  house.command(resend("c-2", "vitals", 1));
  house.spo2_for(97, 2);
  EXPECT_GE(house.sent_on("backlog/vitals").size(), 12U);
  ASSERT_EQ(lost(house).size(), 1U);
  EXPECT_EQ(lost(house)[0]["first"], 2);
  EXPECT_EQ(lost(house)[0]["last"], 5);
}

TEST(OutboxSafety, DamagedJournalRowIsPassedOver) {
  // A row whose text is no event any more: the alarms behind it are what counts.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(160);
  house.pulse(100);
  house.pass(seconds(10));
  house.store.rows[static_cast<size_t>(Lane::alarm)].at(2).body = "?";
  const size_t before = house.sent.size();
  house.command(resend("c-1", "alarm", 1));
  const auto seqs = house.seqs(Lane::alarm, before);
  EXPECT_EQ(std::count(seqs.begin(), seqs.end(), 2U), 0);
  EXPECT_EQ(std::count(seqs.begin(), seqs.end(), 3U), 1);
  EXPECT_EQ(house.sent_on("gap").back().payload["missing"]["lane"], "alarm");
  EXPECT_EQ(house.sent_on("gap").back().payload["missing"]["first"], 2);
}

TEST(OutboxSafety, AReadThatFailsIsNoHoleAndWhatIsUnsentFollowsInOrder) {
  // The broker was down, and after a restart the card gives nothing back: no alarm of that night
  // may pass as published, and all of them leave when the card is back.
  House house;
  wake_to_a_card_that_fails(house, 3);
  const uint64_t newest = house.store.newest(Lane::alarm);
  const uint64_t batches = house.store.newest(Lane::vitals);
  ASSERT_GT(newest, 3U);
  const size_t before = house.sent.size();
  house.connect_both();
  house.pass(milliseconds(3500));
  EXPECT_EQ(house.store.cursors[static_cast<size_t>(Lane::alarm)].broker_seq, 0U);
  EXPECT_EQ(house.store.cursors[static_cast<size_t>(Lane::vitals)].broker_seq, 0U);
  EXPECT_GE(house.store.failed_reads, 4) << "it asks again";
  EXPECT_LE(house.store.failed_reads, 40) << "but not all the time";
  house.store.reads_fail = false;
  house.pass(seconds(3));
  std::vector<uint64_t> alarms = house.seqs(Lane::alarm, before);
  std::erase_if(alarms, [&](uint64_t seq) { return seq > newest; });
  ASSERT_EQ(alarms.size(), newest) << "each once";
  for (size_t i = 0; i < alarms.size(); ++i) EXPECT_EQ(alarms[i], i + 1);
  const auto vitals = house.seqs(Lane::vitals, before);
  const std::set<uint64_t> got(vitals.begin(), vitals.end());
  for (uint64_t seq = 1; seq <= batches; ++seq) EXPECT_TRUE(got.contains(seq)) << seq;
  house.pass(seconds(2));
  EXPECT_GE(house.store.cursors[static_cast<size_t>(Lane::alarm)].broker_seq, newest);
}

TEST(OutboxSafety, ALaneThatCannotBeReadHoldsNoOtherBack) {
  // One bad page under last night's alarms must not silence what the child does now.
  House house;
  wake_to_a_card_that_fails(house, 1);
  const uint64_t batches = house.store.newest(Lane::vitals);
  const uint64_t newest = house.store.newest(Lane::alarm);
  const size_t before = house.sent.size();
  house.connect_both();
  for (int i = 0; i < 5; ++i) house.pulse(100);
  const auto vitals = house.seqs(Lane::vitals, before);
  EXPECT_TRUE(std::any_of(vitals.begin(), vitals.end(), [&](uint64_t s) { return s > batches; }));
  EXPECT_EQ(house.store.cursors[static_cast<size_t>(Lane::alarm)].broker_seq, 0U);
  house.store.reads_fail = false;
  house.pass(seconds(3));
  const auto alarms = house.seqs(Lane::alarm, before);
  for (uint64_t seq = 1; seq <= newest; ++seq) {
    EXPECT_EQ(std::count(alarms.begin(), alarms.end(), seq), 1) << seq;
  }
}

TEST(OutboxSafety, AResendWhoseReadsFailClaimsNothingAndComesLater) {
  // A care team that lost its data asks while the card is away: the answer is late, not empty.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(160);
  house.pulse(100);
  house.pass(seconds(5));
  house.settle();
  const uint64_t newest = house.store.newest(Lane::alarm);
  house.store.reads_fail = true;
  const size_t before = house.sent.size();
  house.command(resend("c-1", "alarm", 1));
  house.pass(seconds(3));
  EXPECT_EQ(house.store.cursors[static_cast<size_t>(Lane::alarm)].broker_seq, 0U);
  house.store.reads_fail = false;
  house.pass(seconds(3));
  const auto again = house.seqs(Lane::alarm, before);
  for (uint64_t seq = 1; seq <= newest; ++seq) {
    EXPECT_EQ(std::count(again.begin(), again.end(), seq), 1) << seq;
  }
}

TEST(OutboxSafety, AnAlarmDoesNotWaitForReadsThatFail) {
  // Reconnected, and nothing of before can be read: what happens now still goes out.
  House house;
  wake_to_a_card_that_fails(house, 1);
  house.connect_both();
  house.pass(seconds(2));
  const size_t before = house.sent.size();
  house.pulse(160);
  house.pass(milliseconds(600));
  bool is_live = false;
  for (size_t i = before; i < house.sent.size(); ++i) {
    is_live = is_live || house.sent[i].topic.starts_with("alarm/");
  }
  EXPECT_TRUE(is_live);
}

TEST(OutboxSafety, UplinkIsToldThatAnAlarmWaitsAndThatNoneDoes) {
  // Half a minute into an outage the uplink tries every 30 s, unless it knows that a nurse waits.
  House house;
  house.boot();
  house.connect_both();
  house.pulse(100);
  house.lose(Conn::backlog);
  house.lose(Conn::live);
  EXPECT_TRUE(house.urgent.empty());
  house.pulse(160);
  EXPECT_EQ(house.urgent, (std::vector<bool>{true}));
  house.pulse(160);
  EXPECT_EQ(house.urgent.size(), 1U);
  house.connect_both();
  house.pulse(160);
  EXPECT_EQ(house.urgent, (std::vector<bool>{true, false}));
}

TEST(OutboxSafety, ANewUplinkIsToldAgainButNotBeforeItHasSpoken) {
  // Before its welcome it would take the word for a breach, and end.
  House house;
  house.boot();
  house.pulse(160);
  EXPECT_TRUE(house.urgent.empty());
  house.input(LinkChange{Conn::live, LinkState::lost, 0, "unreachable"});
  EXPECT_EQ(house.urgent, (std::vector<bool>{true}));
  house.input(ChildChange{"uplink", ChildState::died, "killed", 0});
  EXPECT_EQ(house.urgent.size(), 1U);
  house.input(LinkChange{Conn::live, LinkState::lost, 0, "unreachable"});
  EXPECT_EQ(house.urgent, (std::vector<bool>{true, true}));
}

TEST(OutboxSafety, AnUnsavedAlarmWaitsUntilItsHalfSecondIsOver) {
  // What may not be published yet hurries nobody.
  House house;
  house.boot();
  house.connect_both();
  house.lose(Conn::live);
  house.auto_commit = false;
  house.pulse(160, milliseconds(10));
  EXPECT_TRUE(house.urgent.empty());
  house.pass(milliseconds(600));
  EXPECT_EQ(house.urgent, (std::vector<bool>{true}));
}

TEST(OutboxSafety, NoEventIsPublishedUnsavedBeyondTheReservation) {
  // A seq that the store has not reserved would name another event after a power cut. Such events
  // sound at home, and the retained alarms tell of them, but they wait for the disk.
  House house;
  house.boot();
  house.connect_both();
  house.auto_commit = false;
  const uint64_t reserved = house.store.newest(Lane::alarm) + 1000;
  const size_t before = house.sent.size();
  while (house.core->digest() != 0 && house.count("alarm.raised") < 400) {
    house.pulse(160, milliseconds(500));
    for (int i = 0; i < 7; ++i) house.pulse(100, seconds(1));
  }
  uint64_t emitted = 0;
  for (const Json& f : house.followers) {
    if (f["type"] == "event" && f["event"]["lane"] == "alarm") emitted = f["event"]["seq"];
  }
  ASSERT_GT(emitted, reserved);
  const auto seqs = house.seqs(Lane::alarm, before);
  ASSERT_FALSE(seqs.empty());
  EXPECT_EQ(*std::max_element(seqs.begin(), seqs.end()), reserved);
  house.pulse(160, seconds(1));
  house.pass(seconds(1));
  EXPECT_GE(house.sent_on("alarms").back().payload["alarms"].size(), 1U);
  EXPECT_EQ(std::count_if(house.log.begin(), house.log.end(),
                          [](const std::string& line) {
                            return line.find("no number is left") != std::string::npos;
                          }),
            1);
  house.auto_commit = true;
  house.settle();
  house.pass(seconds(2));
  EXPECT_EQ(house.seqs(Lane::alarm).back(), house.store.newest(Lane::alarm));
}

// 128 alarms on pulse, all true at once.
engine::Program crowded() {
  engine::ProgramBuilder b;
  b.name = "crowded";
  b.child = kChild;
  b.roles = {"caregiver"};
  const auto pulse = b.add_signal(oximeter_signal("pulse", "bpm", 3000));
  for (size_t i = 0; i < limits::kAlarmsMax; ++i) {
    const auto fast = b.compare(
        engine::Linear{{{pulse, -1}}, {}, 1500 - static_cast<int>(i)},
        {.text = b.add_literal("pulse > 150 bpm"), .step = {-1, 10}, .decimals = 1, .unit = "bpm"});
    engine::Alarm alarm;
    alarm.id = "pulse_fast_" + std::to_string(i);
    alarm.title = b.add_literal("Pulse much too high, for the " + std::to_string(i) + "th time");
    alarm.instruction = b.add_literal("Look at the child, count the breaths and call the nurse.");
    alarm.rank = {Severity::reversible, Onset::prompt};
    alarm.when = b.hold_for(fast, {.literal = Duration{}, .limit = engine::kNone});
    b.add_alarm(alarm);
  }
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

TEST(OutboxSafety, ThousandWordsOfOpenAlarmsReachTheNurseInParts) {
  // More open alarms than a datagram holds: the document goes out whole, in parts, and the alarms
  // themselves behind it.
  House house(crowded());
  house.boot();
  house.connect_both();
  house.pulse(250);
  house.pass(seconds(1));
  const Sent last = house.sent_on("alarms").back();
  EXPECT_EQ(last.payload["alarms"].size(), limits::kAlarmsMax);
  EXPECT_GT(last.text.size(), limits::kDatagramMax);
  EXPECT_LT(last.message["payload"].get<std::string>().size(), last.text.size());
  EXPECT_EQ(house.sent_on("alarm/128").empty(), false);
  EXPECT_EQ(Json::parse(house.core->alarms_json(house.now, true))["alarms"].size(),
            limits::kAlarmsMax);
}

TEST(PublishJson, PartsPutTogetherAreThePayload) {
  // Whatever stands in it, quotes and characters of four bytes included.
  std::string payload;
  for (int i = 0; i < 30'000; ++i) payload += i % 3 == 0 ? "\"\\" : "\xF0\x9F\xAB\x81";
  std::string whole;
  const auto texts = publish_json("h-1", Conn::live, 3, {.number = 9},
                                  {.topic = "alarms", .retain = true, .payload = payload});
  ASSERT_GT(texts.size(), 1U);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_LE(texts[i].size(), limits::kDatagramMax - limits::kWireHeaderBytes);
    const Json message = Json::parse(texts[i]);
    EXPECT_EQ(message.value("more", false), i + 1 < texts.size());
    whole += message["payload"].get<std::string>();
  }
  EXPECT_EQ(whole, payload);
}

TEST(PublishJson, UnreadableBytesCostThemselvesOnly) {
  // A row that was written with half a character still tells the nurse of its alarm.
  const auto texts = publish_json("h-1", Conn::live, 3, {.number = 9},
                                  {.topic = "system", .payload = "a\xC3\"b\xE2\x82\xAC\xFF"});
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(Json::parse(texts[0])["payload"], "a\xEF\xBF\xBD\"b\xE2\x82\xAC\xEF\xBF\xBD");
}

TEST(CutText, NeverCutsACharacterInTwo) {
  // Half a character makes a whole message unreadable.
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\xAB\x81";  // 1, 2, 3 and 4 bytes
  const std::vector<size_t> kept = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t most = 0; most < kept.size(); ++most) {
    EXPECT_EQ(cut_text(text, most).size(), kept[most]) << most;
  }
  const std::vector<size_t> of_characters = {0, 1, 3, 6, 10, 10};
  for (size_t most = 0; most < of_characters.size(); ++most) {
    EXPECT_EQ(cut_characters(text, most).size(), of_characters[most]) << most;
  }
  for (const size_t most : {6U, 7U, 100U}) {
    std::string whole;
    for (const auto piece : pieces_for_json(text, most)) whole += piece;
    EXPECT_EQ(whole, text);
  }
  EXPECT_EQ(pieces_for_json("", 6).size(), 1U);
}

}  // namespace
}  // namespace lamplight::core
