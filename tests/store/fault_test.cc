// A disk that fails at any write, sync or open, for a moment or for good, costs no row that was
// answered Durable, alters none, and never names two contents by one seq: for a nurse who reads
// the record after the worst night.
#include <sqlite3.h>

#include <set>

#include "gateway/store/db.h"
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

using Op = MemoryDisk::Op;

struct Fault {
  Op op;
  int code;
};

// Three alarms, a snapshot, two batches, one more alarm; all told whether or not the disk works.
void live(Box& box, uint64_t from) {
  const Snapshot snapshot{from, MonoTime{static_cast<int64_t>(from)}, Blob(4), Blob(3000)};
  box.perform(AppendEvents{{event(Lane::alarm, from), event(Lane::system, from)}, {}});
  box.perform(AppendEvents{{event(Lane::alarm, from + 1)}, snapshot});
  box.perform(batch(from));
  box.perform(AppendEvents{{event(Lane::alarm, from + 2)}, {}});
  box.perform(batch(from + 1));
}

// Everything up to what was answered Durable is there, byte for byte, or inside a gap record.
void expect_kept(Box& box, const std::map<Lane, uint64_t>& durable, uint64_t from,
                 const std::string& where) {
  for (const Lane l : {Lane::alarm, Lane::system}) {
    const RangeRead read = box.read(l, from);
    const auto found = durable.find(l);
    const uint64_t promised = found == durable.end() ? 0 : found->second;
    std::set<uint64_t> seen;
    for (const RangeRow& row : read.rows) {
      EXPECT_EQ(row.body, event(l, row.seq).body) << where;
      seen.insert(row.seq);
    }
    for (uint64_t seq = from; seq <= promised; ++seq) {
      EXPECT_TRUE(seen.contains(seq)) << where << ": lost " << name_of(l) << ' ' << seq;
    }
  }
  const auto vitals = durable.find(Lane::vitals);
  if (vitals == durable.end()) return;
  const RangeRead read = box.read(Lane::vitals, from);
  std::set<uint64_t> seen;
  for (const RangeRow& row : read.rows) {
    EXPECT_EQ(row.samples.size(), batch(row.seq).samples.size()) << where;
    seen.insert(row.seq);
  }
  for (uint64_t seq = from; seq <= vitals->second; ++seq) {
    EXPECT_TRUE(seen.contains(seq)) << where << ": lost batch " << seq;
  }
}

constexpr Fault kFaults[] = {{Op::write, SQLITE_IOERR_WRITE}, {Op::write, SQLITE_FULL},
                             {Op::sync, SQLITE_IOERR_FSYNC},  {Op::open, SQLITE_CANTOPEN},
                             {Op::open, SQLITE_IOERR},        {Op::write, SQLITE_READONLY}};

// Runs `check` with the N-th operation failing, for every N that the run reaches.
template <class Check>
void for_every_n(const Fault& fault, bool for_good, bool from_birth, Check check) {
  for (uint64_t n = 1; n < 500; ++n) {
    Box box;
    if (!from_birth) box.open();
    const uint64_t before = box.disk.count(fault.op);
    box.disk.fail(fault.op, n, fault.code, for_good);
    if (from_birth) box.open();
    live(box, 1);
    const bool reached = box.disk.count(fault.op) >= before + n;
    check(box, "op " + std::to_string(static_cast<int>(fault.op)) + " code " +
                   std::to_string(fault.code) + " n " + std::to_string(n));
    if (!reached) return;
    if (testing::Test::HasFailure()) return;
  }
  FAIL() << "the run has no end";
}

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, TransientOneIsRetriedInOrderAndNothingIsLost) {
  for_every_n(GetParam(), false, false, [](Box& box, const std::string& where) {
    box.settle();
    EXPECT_TRUE(box.store->is_idle()) << where;
    EXPECT_EQ(box.durable[Lane::alarm], 3U) << where;
    EXPECT_EQ(box.durable[Lane::vitals], 2U) << where;
    EXPECT_EQ(box.count<Failing>(), box.count<Recovered>()) << where;
    EXPECT_LE(box.count<Failing>(), 1) << where;
    expect_kept(box, box.durable, 1, where);
  });
}

TEST_P(Faults, AtBirthStillAnswersOpenedAndRecovers) {
  for_every_n(GetParam(), false, true, [](Box& box, const std::string& where) {
    EXPECT_EQ(box.count<Opened>(), 1) << where;
    box.settle();
    EXPECT_EQ(box.durable[Lane::alarm], 3U) << where;
    EXPECT_EQ(box.durable[Lane::vitals], 2U) << where;
    expect_kept(box, box.durable, 1, where);
  });
}

TEST_P(Faults, ForGoodThenDeathOfTheProcessKeepsWhatWasPromised) {
  for_every_n(GetParam(), true, false, [](Box& box, const std::string& where) {
    box.settle();
    const auto promised = box.durable;
    box.die();
    box.disk.heal();
    const Opened opened = box.open();
    for (const auto& [l, seq] : promised) {
      EXPECT_GT(opened.lanes[static_cast<size_t>(l)].next_seq, seq) << where;
    }
    expect_kept(box, promised, 1, where);
    // The inputs come again with the same seqs: the rest arrives, nothing is doubled.
    live(box, 1);
    EXPECT_EQ(box.durable[Lane::alarm], 3U) << where;
    expect_kept(box, box.durable, 1, where);
    EXPECT_EQ(box.count<Failing>(), 0) << where;
  });
}

TEST_P(Faults, ForGoodThenPowerCutReusesNoSeq) {
  for_every_n(GetParam(), true, false, [](Box& box, const std::string& where) {
    box.settle();
    auto promised = box.durable;
    promised.erase(Lane::vitals);  // WAL + NORMAL: a power cut may take the newest
    box.lose_power("boot-2");
    box.disk.heal();
    const Opened opened = box.open();
    // Seqs 1 to 3 may have been published with durable:false.
    EXPECT_GT(opened.lanes[0].next_seq, 3U) << where;
    EXPECT_GT(opened.lanes[2].next_seq, 2U) << where;
    EXPECT_TRUE(opened.problems.empty()) << where << ": " << opened.problems.front();
    expect_kept(box, promised, 1, where);
    const uint64_t next = opened.lanes[0].next_seq;
    box.perform(AppendEvents{{event(Lane::alarm, next)}, {}});
    EXPECT_EQ(box.durable[Lane::alarm], next) << where;
  });
}

constexpr const char* kFaultNames[] = {"WriteError", "DiskFull",  "SyncError",
                                       "CannotOpen", "OpenError", "WriteProtected"};
std::string name_of_fault(const testing::TestParamInfo<Fault>& param) {
  return kFaultNames[param.index];
}
INSTANTIATE_TEST_SUITE_P(Disk, Faults, testing::ValuesIn(kFaults), name_of_fault);

TEST(Disk, ReadOnlyAtStartStillTellsTheStateOfLastNight) {
  Box box;
  const Opened first = box.open();
  const Snapshot snapshot{1, MonoTime{5}, Blob(2), Blob(9)};
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, snapshot});
  box.perform(Stop{});
  box.disk.is_read_only = true;
  const Opened opened = box.open();
  EXPECT_EQ(opened.store_id, first.store_id);
  ASSERT_TRUE(opened.snapshot);
  EXPECT_EQ(opened.snapshot->state, snapshot.state);
  EXPECT_EQ(opened.lanes[0].next_seq, 2U);
  EXPECT_EQ(box.count<Failing>(), 1);
  box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
  EXPECT_EQ(box.durable[Lane::alarm], 1U);
  box.disk.heal();
  box.settle();
  EXPECT_EQ(box.durable[Lane::alarm], 2U);
  EXPECT_EQ(box.count<Recovered>(), 1);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 2U);
}

TEST(Disk, ReadOfAFileThatIsNotOpenFailsAndIsNoHole) {
  // An answer without rows would pass the night's unsent alarms off as told by a gap record.
  Box box;
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.perform(batch(1));
  box.perform(Stop{});
  box.disk.is_read_only = true;
  const Opened opened = box.open();
  for (const Lane l : {Lane::alarm, Lane::vitals}) {
    const RangeRead read = box.read(l, 1);
    EXPECT_TRUE(read.failed) << name_of(l);
    EXPECT_TRUE(read.rows.empty()) << name_of(l);
    EXPECT_GE(read.newest, 1U) << name_of(l);
  }
  box.disk.heal();
  box.perform(batch(opened.lanes[static_cast<size_t>(Lane::vitals)].next_seq));
  box.settle();
  EXPECT_EQ(box.count<Recovered>(), 1) << "without a read: perhaps nobody asks again";
  for (const Lane l : {Lane::alarm, Lane::vitals}) {
    const RangeRead read = box.read(l, 1);
    EXPECT_FALSE(read.failed) << name_of(l);
    ASSERT_FALSE(read.rows.empty()) << name_of(l);
    EXPECT_EQ(read.rows.front().seq, 1U) << name_of(l);
  }
}

TEST(Disk, ReadThatMeetsAnErrorAnswersNothingRatherThanHalf) {
  // Batches without their samples would be taken for the whole.
  Box box;
  box.open();
  box.perform(batch(1));
  ASSERT_FALSE(box.read(Lane::vitals, 1).failed);
  box.perform(Stop{});
  box.store.reset();
  {  // Somebody else's hand in the file, so that SQLite itself refuses the second query.
    auto db = Db::open("/state/telemetry.db", OpenAs::writer, box.disk.vfs());
    ASSERT_TRUE(db.has_value());
    db->run("DROP TABLE segment");
    ASSERT_TRUE(db->take_error().has_value());
  }
  box.open();
  const RangeRead read = box.read(Lane::vitals, 1);
  EXPECT_TRUE(read.failed);
  EXPECT_TRUE(read.rows.empty());
  EXPECT_EQ(box.count<Failing>(), 1) << "history that cannot be sent is a technical alarm";
  EXPECT_FALSE(box.read(Lane::alarm, 1).failed) << "the other file is sound";
  box.perform(AppendEvents{{event(Lane::alarm, 1, "new")}, {}});
  EXPECT_EQ(box.count<Recovered>(), 0) << "what can be written cannot therefore be read";
}

TEST(Disk, UnreadableAtStartBeginsANewStoreAndKeepsTheOldFile) {
  Box box;
  const Opened first = box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1, "old")}, {}});
  box.perform(Stop{});
  box.disk.fail(Op::open, 1, SQLITE_IOERR, true);
  const Opened opened = box.open();
  EXPECT_NE(opened.store_id, first.store_id);
  EXPECT_TRUE(opened.problems.empty()) << "not known to be damaged";
  EXPECT_EQ(box.count<Failing>(), 1);
  box.perform(AppendEvents{{event(Lane::alarm, 1, "new")}, {}});
  box.disk.heal();
  box.settle();
  EXPECT_EQ(box.durable[Lane::alarm], 1U);
  const RangeRead read = box.read(Lane::alarm, 1);
  ASSERT_EQ(read.rows.size(), 1U);
  EXPECT_NE(read.rows[0].body.find("new"), std::string::npos);
  EXPECT_TRUE(box.disk.exists("/state/record.db.damaged-1"));
}

TEST(Disk, LongFailureShedsTelemetryWithAGapButNoAlarm) {
  Box box;
  box.open();
  box.disk.fail(Op::write, 1, SQLITE_FULL, true);
  for (uint64_t seq = 1; seq <= 2000; ++seq) {
    box.store->accept(batch(seq));
    box.store->accept(AppendEvents{{event(Lane::alarm, seq)}, {}});
  }
  box.store->work(box.now, box.answers);
  box.disk.heal();
  box.settle();
  box.settle();
  EXPECT_EQ(box.durable[Lane::alarm], 2000U);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 2000U);
  const RangeRead read = box.read(Lane::vitals, 1);
  ASSERT_EQ(read.gaps.size(), 1U);
  EXPECT_EQ(read.gaps[0].first, 1U);
  EXPECT_EQ(read.gaps[0].why, "disk_failed");
  ASSERT_FALSE(read.rows.empty());
  EXPECT_EQ(*read.gaps[0].last + 1, read.rows.front().seq);
  EXPECT_EQ(read.rows.back().seq, 2000U);
}

TEST(Disk, AGapToldAboveWhatWaitsMakesNothingDurable) {
  // The core gave batch 21 up and tells so, while 1 to 20 still wait for the telemetry: of these,
  // only what is committed may be called so.
  Box box;
  box.open();
  box.perform(batch(1));
  ASSERT_TRUE(box.disk.rename("/state/telemetry.db", "/state/elsewhere"));
  for (uint64_t seq = 2; seq <= 20; ++seq) box.perform(batch(seq));
  EventRow gap = event(Lane::system, 1);
  gap.gap = RecordGap{Lane::vitals, 21, 21, {}, {}, "disk_failed"};
  box.perform(AppendEvents{{gap}, {}});
  EXPECT_EQ(box.durable[Lane::vitals], 1U);
  ASSERT_TRUE(box.disk.rename("/state/elsewhere", "/state/telemetry.db"));
  box.now = box.now + minutes(2);
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});  // one turn: eight of them
  EXPECT_EQ(box.durable[Lane::vitals], 9U);
  box.settle();
  EXPECT_EQ(box.durable[Lane::vitals], 21U);
}

TEST(Disk, LostTelemetryFileNeverLeadsToAUsedSeq) {
  Box box;
  const Opened first = box.open();
  box.perform(batch(1));
  box.perform(Stop{});
  for (const char* path : {"/state/telemetry.db", "/state/telemetry.db-wal"}) box.disk.remove(path);
  const Opened opened = box.open();
  EXPECT_GT(opened.lanes[2].next_seq, 1U);
  EXPECT_EQ(box.read(Lane::vitals, 1).gaps.size(), 1U);
  EXPECT_EQ(opened.store_id, first.store_id);
}

}  // namespace
}  // namespace lamplight::store::test
