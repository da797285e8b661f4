// The record keeps what it said it keeps, whatever happens to the process, the power and the
// disk: for the care team, who must be able to trust every row, and for the core, which must
// never wait.
#include <sqlite3.h>

#include "gateway/store/db.h"
#include "gateway/store/hash.h"
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

constexpr std::string_view kStoredIn = "/state/record.db";

const LaneState& lane(const Opened& opened, Lane l) { return opened.lanes[static_cast<size_t>(l)]; }

TEST(Store, BeginsEveryLaneAtOneWithAThousandReserved) {
  Box box;
  const Opened opened = box.open();
  EXPECT_FALSE(opened.store_id.empty());
  EXPECT_FALSE(opened.clean_stop);
  EXPECT_FALSE(opened.same_boot);
  EXPECT_TRUE(opened.problems.empty());
  EXPECT_TRUE(opened.gaps.empty());
  for (const Lane l : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave}) {
    EXPECT_EQ(lane(opened, l).next_seq, 1U);
    EXPECT_EQ(lane(opened, l).reserved, 1000U);
  }
}

TEST(Store, AnswersDurableOnlyAfterASync) {
  Box box;
  box.open();
  const uint64_t before = box.disk.count(MemoryDisk::Op::sync);
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  EXPECT_EQ(box.durable[Lane::alarm], 1U);
  EXPECT_EQ(box.disk.count(MemoryDisk::Op::sync), before + 1);
}

TEST(Store, SharesOneSyncAmongAllWaitingEvents) {
  Box box;
  box.open();
  const uint64_t before = box.disk.count(MemoryDisk::Op::sync);
  for (uint64_t seq = 1; seq <= 100; ++seq)
    box.store->accept(AppendEvents{{event(Lane::alarm, seq)}, {}});
  box.store->work(box.now, box.answers);
  EXPECT_EQ(box.disk.count(MemoryDisk::Op::sync), before + 1);
  EXPECT_EQ(box.count<Durable>(), 1);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 100U);
}

TEST(Store, ChainsEachRowToTheOneBefore) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1), event(Lane::alarm, 2)}, {}});
  box.perform(AppendEvents{{event(Lane::alarm, 3)}, {}});
  box.store.reset();
  auto db = Db::open(std::string(kStoredIn), OpenAs::writer, box.disk.vfs());
  ASSERT_TRUE(db);
  Query rows(*db, "SELECT seq, t, body, prev_hash, hash FROM event ORDER BY seq");
  std::vector<std::byte> previous;
  int count = 0;
  while (rows.next()) {
    const auto kept = rows.blob(3);
    EXPECT_TRUE(std::equal(kept.begin(), kept.end(), previous.begin(), previous.end()));
    const Hash hash = chain_hash(previous, Lane::alarm, rows.unsigned_integer(0),
                                 MonoTime{rows.integer(1)}, rows.text(2));
    EXPECT_TRUE(std::equal(hash.begin(), hash.end(), rows.blob(4).begin()));
    previous.assign(hash.begin(), hash.end());
    ++count;
  }
  EXPECT_EQ(count, 3);
}

TEST(Store, HashIsTheOneOfTheDesign) {
  // printf 'alarm\0' + seq 1 + t 2 (8 bytes little-endian each) + '{}' | sha256sum
  const Hash hash = chain_hash({}, Lane::alarm, 1, MonoTime{2}, "{}");
  std::string hex;
  for (const std::byte b : hash) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(b));
    hex += two;
  }
  EXPECT_EQ(hex, "12cba21211fc24c5ace536c85dcb4cc853f08510177a351d4b1d3de8efe77ea8");
}

TEST(Store, IgnoresARowThatComesAgain) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.die();
  const Opened opened = box.open();
  EXPECT_TRUE(opened.same_boot);
  EXPECT_EQ(lane(opened, Lane::alarm).next_seq, 2U);
  box.answers.clear();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  EXPECT_EQ(box.count<Durable>(), 1);
  EXPECT_EQ(box.count<Failing>(), 0);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 1U);
}

TEST(Store, RefusesOtherContentForAUsedSeqLoudly) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1, "first")}, {}});
  box.perform(AppendEvents{{event(Lane::alarm, 1, "second")}, {}});
  EXPECT_EQ(box.count<Failing>(), 1);
  EXPECT_FALSE(box.lines.empty());
  const RangeRead read = box.read(Lane::alarm, 1);
  ASSERT_EQ(read.rows.size(), 1U);
  EXPECT_NE(read.rows[0].body.find("first"), std::string::npos);
  box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
  EXPECT_EQ(box.durable[Lane::alarm], 2U);
  EXPECT_EQ(box.count<Recovered>(), 1);
}

TEST(Store, ContinuesWithoutAGapAfterACleanStop) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.perform(batch(1));
  box.perform(Stop{});
  EXPECT_TRUE(box.store->is_stopped());
  box.lose_power("boot-2");
  const Opened opened = box.open();
  EXPECT_TRUE(opened.clean_stop);
  EXPECT_FALSE(opened.same_boot);
  EXPECT_TRUE(opened.gaps.empty());
  EXPECT_EQ(lane(opened, Lane::alarm).next_seq, 2U);
  EXPECT_EQ(lane(opened, Lane::vitals).next_seq, 2U);
  EXPECT_EQ(opened.last_boot, "boot-1");
}

TEST(Store, ContinuesAboveTheReservationAfterAPowerCut) {
  Box box;
  const Opened first = box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.lose_power("boot-2");
  const Opened opened = box.open();
  EXPECT_EQ(opened.store_id, first.store_id);
  EXPECT_EQ(lane(opened, Lane::alarm).next_seq, 1001U);
  EXPECT_GE(lane(opened, Lane::alarm).reserved, 2000U);
  const RangeRead read = box.read(Lane::alarm, 1);
  ASSERT_EQ(read.rows.size(), 1U);
  ASSERT_EQ(read.gaps.size(), 1U);
  EXPECT_EQ(read.gaps[0].first, 2U);
  EXPECT_EQ(read.gaps[0].last, 1000U);
  EXPECT_EQ(read.gaps[0].why, "power_lost");
  // A second cut with nothing between makes a second gap, not a second use.
  box.lose_power("boot-3");
  const Opened third = box.open();
  EXPECT_EQ(lane(third, Lane::alarm).next_seq, 2001U);
  const RangeRead again = box.read(Lane::alarm, 1);
  ASSERT_EQ(again.gaps.size(), 2U);
  EXPECT_EQ(again.gaps[1].first, 1001U);
  EXPECT_EQ(again.gaps[1].last, 2000U);
}

TEST(Store, ReservesAheadBeforeTheReservedSeqsRunOut) {
  Box box;
  box.open();
  uint64_t reserved = 1000;
  for (uint64_t seq = 1; seq <= 5000; ++seq) {
    ASSERT_LE(seq, reserved);
    box.answers.clear();
    box.perform(AppendEvents{{event(Lane::alarm, seq)}, {}});
    for (const Answer& a : box.answers) {
      if (const auto* d = std::get_if<Durable>(&a)) reserved = d->reserved;
    }
  }
}

TEST(Store, GivesBackTheNewestSnapshotAndWhenItLived) {
  Box box;
  box.open();
  Snapshot snapshot{7, MonoTime{9'000'000'000}, Blob(3, std::byte{1}), Blob(5000, std::byte{2})};
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, snapshot});
  box.die();
  const Opened opened = box.open();
  ASSERT_TRUE(opened.snapshot);
  EXPECT_EQ(opened.snapshot->lane_seq, 7U);
  EXPECT_EQ(opened.snapshot->mono, snapshot.mono);
  EXPECT_EQ(opened.snapshot->program_hash, snapshot.program_hash);
  EXPECT_EQ(opened.snapshot->state, snapshot.state);
  EXPECT_EQ(opened.last_alive, snapshot.mono);
  EXPECT_EQ(opened.last_wall, event(Lane::alarm, 1).at);
}

TEST(Store, RebuildsAnsweredCommandsFromTheJournal) {
  Box box;
  box.open();
  EventRow done = event(Lane::alarm, 1);
  done.body = R"({"seq":1,"command":{"id":"c-81","outcome":"done","why":null}})";
  EventRow rejected = event(Lane::system, 1);
  rejected.at.unix_ns += 1;
  rejected.body = R"({"seq":1,"command":{"id":"c-82","outcome":"rejected","why":"closed"}})";
  box.perform(AppendEvents{{done, rejected, event(Lane::system, 2)}, {}});
  box.die();
  const Opened opened = box.open();
  ASSERT_EQ(opened.commands.size(), 2U);
  EXPECT_EQ(opened.commands[0].id, "c-81");
  EXPECT_EQ(opened.commands[0].outcome, "done");
  EXPECT_EQ(opened.commands[0].why, "");
  EXPECT_EQ(opened.commands[0].seq, 1U);
  EXPECT_EQ(opened.commands[1].why, "closed");
}

TEST(Store, ReadsBatchesBackAsTheyCame) {
  Box box;
  box.open();
  AppendBatch one = batch(1, 3);
  one.samples[1].sample.quality = Quality::missing;
  one.samples[1].sample.reason = Reason::probe_off;
  one.samples[1].sample.value = 0;
  one.samples[2].sample.quality = Quality::low;
  box.perform(one);
  box.perform(batch(2, 0));
  box.perform(batch(3, 2));
  EXPECT_EQ(box.durable[Lane::vitals], 3U);
  const RangeRead read = box.read(Lane::vitals, 1);
  ASSERT_EQ(read.rows.size(), 3U);
  ASSERT_EQ(read.rows[0].samples.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.rows[0].samples[i].sample, one.samples[i].sample);
    EXPECT_EQ(read.rows[0].samples[i].device, 1);
  }
  EXPECT_TRUE(read.rows[1].samples.empty());
  EXPECT_EQ(read.rows[2].samples.size(), 2U);
  EXPECT_EQ(read.newest, 3U);
}

TEST(Store, ReadsABatchOfADeviceThatIsNoLongerConfiguredWithoutItsSamples) {
  // The row stays, so that whoever asked sees that something was there; core/outbox_lost.cc tells
  // it.
  Box box;
  box.open();
  box.perform(batch(1, 3));
  box.die();
  box.options.devices = {{"ox-bed", Role::oximeter}};
  box.open();
  box.perform(batch(2, 3));
  const RangeRead read = box.read(Lane::vitals, 1);
  ASSERT_EQ(read.rows.size(), 2U);
  EXPECT_TRUE(read.rows[0].samples.empty());
  EXPECT_EQ(read.rows[1].samples.size(), 3U);
}

TEST(Store, MovesCursorsAndKeepsThem) {
  Box box;
  box.open();
  box.perform(MoveCursor{Lane::alarm, 12, 7});
  box.die();
  const Opened opened = box.open();
  EXPECT_EQ(lane(opened, Lane::alarm).broker_seq, 12U);
  EXPECT_EQ(lane(opened, Lane::alarm).stored_seq, 7U);
}

TEST(Store, KeepsAGapOnceThoughItIsToldTwice) {
  Box box;
  box.open();
  const RecordGap gap{Lane::vitals, 5, 9, MonoTime{1}, MonoTime{2}, "overflow"};
  for (const uint64_t seq : {1, 2}) {
    EventRow telling = event(Lane::system, seq);
    telling.gap = gap;
    box.perform(AppendEvents{{telling}, {}});
  }
  EXPECT_EQ(box.read(Lane::vitals, 1).gaps.size(), 1U);
}

// Found by the simulation: power went twice, and nobody was ever told of the first hole.
TEST(Store, SaysAGapAtEveryOpenUntilItsEventIsWritten) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.lose_power("boot-2");
  const std::vector<RecordGap> found = box.open().gaps;
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].lane, Lane::alarm);
  box.die();
  EXPECT_EQ(box.open().gaps, found);
  box.lose_power("boot-3");
  const Opened third = box.open();
  for (const RecordGap& gap : found) {
    EXPECT_EQ(std::count(third.gaps.begin(), third.gaps.end(), gap), 1) << gap.why;
  }
  AppendEvents telling;
  for (const RecordGap& gap : third.gaps) {
    telling.rows.push_back(
        event(Lane::system, lane(third, Lane::system).next_seq + telling.rows.size()));
    telling.rows.back().gap = gap;
  }
  box.perform(std::move(telling));
  box.die();
  EXPECT_TRUE(box.open().gaps.empty());
}

TEST(Store, RemembersTheNewestSynchronisedWallTime) {
  Box box;
  box.open();
  EventRow future = event(Lane::alarm, 2);
  future.at = {4'000'000'000'000'000'000, ClockState::unsynchronised};
  box.perform(AppendEvents{{event(Lane::alarm, 1), future}, {}});
  box.perform(Stop{});
  const Opened opened = box.open();
  EXPECT_EQ(opened.newest_wall_ns, event(Lane::alarm, 1).at.unix_ns);
}

TEST(Store, KeepsAnUnknownSchemaVersionAsideUntouched) {
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.perform(Stop{});
  {
    auto db = Db::open(std::string(kStoredIn), OpenAs::writer, box.disk.vfs());
    db->run("PRAGMA user_version = 9");
  }
  const Opened opened = box.open();
  EXPECT_FALSE(opened.problems.empty());
  EXPECT_TRUE(box.disk.exists("/state/record.db.damaged-1"));
  EXPECT_EQ(box.count<Failing>(), 0);
}

TEST(Store, SchemaIsTheOneOfTheDesign) {
  Box box;
  box.open();
  box.store.reset();
  const auto columns = [&](const char* file, const char* sql) {
    auto db = Db::open(file, OpenAs::writer, box.disk.vfs());
    return db->text(sql);
  };
  EXPECT_EQ(
      columns("/state/record.db", "SELECT group_concat(name) FROM pragma_table_info('event')"),
      "lane,seq,t,emitted,boot,at,clock,name,occurrence,rule,body,prev_hash,hash");
  EXPECT_EQ(columns("/state/record.db",
                    "SELECT group_concat(name) FROM (SELECT name FROM "
                    "sqlite_master WHERE type = 'table' ORDER BY name)"),
            "alarm_state,cursor,event,gap,meta");
  EXPECT_EQ(
      columns("/state/telemetry.db", "SELECT group_concat(name) FROM pragma_table_info('segment')"),
      "id,signal,lane,boot,first_seq,last_seq,t0,t1,n,min,max,seqs,runs,vals,valid,reason");
  EXPECT_EQ(columns("/state/telemetry.db", "PRAGMA user_version"), "1");
  EXPECT_EQ(columns("/state/telemetry.db", "PRAGMA auto_vacuum"), "2");
  EXPECT_EQ(columns("/state/record.db", "PRAGMA journal_mode"), "wal");
}

}  // namespace
}  // namespace lamplight::store::test
