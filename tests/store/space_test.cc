// Space is bounded and its price is named: the lowest lane loses its oldest data, a gap row says
// exactly which, and no alarm is ever shed. Merging segments changes no sample.
#include <random>
#include <set>

#include "gateway/store/db.h"
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

// Every seq from 1 is a row or in exactly one gap.
void expect_exact(const RangeRead& read, uint64_t newest) {
  std::set<uint64_t> rows;
  for (const RangeRow& row : read.rows) rows.insert(row.seq);
  for (uint64_t seq = 1; seq <= newest; ++seq) {
    int gaps = 0;
    for (const RecordGap& gap : read.gaps) gaps += *gap.first <= seq && seq <= *gap.last ? 1 : 0;
    ASSERT_EQ(gaps, rows.contains(seq) ? 0 : 1) << "seq " << seq;
  }
}

// The memory disk serves one connection a file: the store is closed first.
int64_t integer(Box& box, const char* file, const char* sql) {
  box.store.reset();
  auto db = Db::open(file, OpenAs::reader, box.disk.vfs());
  return db->integer(sql).value_or(-1);
}

TEST(Space, TelemetryQuotaShedsOldestVitalsWithAnExactGap) {
  Box box;
  box.options.telemetry_quota = 400'000;
  box.open();
  for (uint64_t seq = 1; seq <= 3000; ++seq) {
    box.perform(batch(seq, 100));
    if (seq % 50 == 0) box.keep_house();
  }
  const RangeRead read = box.read(Lane::vitals, 1);
  EXPECT_LT(read.rows.size(), 3000U);
  EXPECT_GT(read.rows.size(), 100U);
  EXPECT_EQ(read.gaps.size(), 1U);  // one run, one row
  EXPECT_GT(box.count<GapMade>() + static_cast<int>(read.gaps.size()), 0);
  expect_exact(read, 3000);
  for (const RangeRow& row : read.rows) ASSERT_EQ(row.samples.size(), 100U);
  EXPECT_LE(integer(box, "/state/telemetry.db", "PRAGMA page_count") * 4096, 800'000);
}

TEST(Space, LowestLaneIsShedFirst) {
  Box box;
  box.options.telemetry_quota = 180'000;
  box.open();
  for (uint64_t seq = 1; seq <= 200; ++seq) {
    box.perform(batch(seq, 100));
    box.perform(batch(seq, 300, Lane::wave));
  }
  box.keep_house();
  const RangeRead wave = box.read(Lane::wave, 1);
  EXPECT_FALSE(wave.gaps.empty());
  expect_exact(wave, 200);
  EXPECT_GT(wave.rows.size(), 64U);  // it sufficed, so vitals are whole
  EXPECT_TRUE(box.read(Lane::vitals, 1).gaps.empty());
}

TEST(Space, RecordQuotaShedsSystemRowsAndNeverAlarms) {
  Box box;
  box.options.record_quota = 2'000'000;
  box.open();
  const std::string text(400, 's');
  for (uint64_t seq = 1; seq <= 4000; ++seq) {
    box.store->accept(AppendEvents{{event(Lane::system, seq, text), event(Lane::alarm, seq)}, {}});
    if (seq % 100 == 0) box.keep_house();
    box.store->work(box.now, box.answers);
  }
  box.keep_house();
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 4000U);
  const RangeRead read = box.read(Lane::system, 1);
  EXPECT_LT(read.rows.size(), 4000U);
  expect_exact(read, 4000);
  EXPECT_EQ(read.gaps[0].t0, event(Lane::system, 1).t);
  EXPECT_EQ(read.gaps[0].t1, event(Lane::system, *read.gaps[0].last).t);
}

TEST(Space, AlarmsAloneMayExceedTheQuotaAndThatIsToldOnce) {
  Box box;
  box.options.record_quota = 200'000;
  box.open();
  for (uint64_t seq = 1; seq <= 1000; ++seq) {
    box.store->accept(AppendEvents{{event(Lane::alarm, seq, std::string(300, 'a'))}, {}});
  }
  box.store->work(box.now, box.answers);
  box.keep_house();
  box.keep_house();
  EXPECT_EQ(box.count<OverQuota>(), 1);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 1000U);
}

TEST(Space, ThatARecordIsWithinItsQuotaAgainIsToldOnce) {
  // What was told as too full must not ring for ever when there is room again.
  Box box;
  box.options.record_quota = 400'000;
  box.open();
  uint64_t seq = 0;
  while (seq < 400) {
    box.store->accept(AppendEvents{{event(Lane::system, ++seq, std::string(2000, 's'))}, {}});
  }
  box.store->work(box.now, box.answers);
  box.keep_house();
  ASSERT_EQ(box.count<OverQuota>(), 1) << "so few rows are kept whatever they cost";
  EXPECT_EQ(box.count<UnderQuota>(), 0);
  while (seq < 1500) box.store->accept(AppendEvents{{event(Lane::system, ++seq)}, {}});
  box.store->work(box.now, box.answers);
  box.keep_house();
  box.keep_house();
  EXPECT_EQ(box.count<UnderQuota>(), 1);
  EXPECT_EQ(box.count<OverQuota>(), 1);
}

TEST(Space, WhetherTheRecordIsWithinItsQuotaIsToldOnceAfterOpenEitherWay) {
  // The core goes on with what the process before had heard, until it is told.
  Box box;
  box.open();
  box.keep_house();
  box.keep_house();
  EXPECT_EQ(box.count<UnderQuota>(), 1);
  EXPECT_EQ(box.count<OverQuota>(), 0);
  box.open();
  box.keep_house();
  EXPECT_EQ(box.count<UnderQuota>(), 1);
}

TEST(Space, AlarmsBeyondTheQuotaLeaveTheSystemHistoryAndNoChurn) {
  // Each shed run becomes an event of its own: shedding that in turn would never end, and nobody
  // could read any more what the gateway itself did.
  Box box;
  box.options.record_quota = 200'000;
  box.open();
  uint64_t system = 0;
  for (uint64_t seq = 1; seq <= 1000; ++seq) {
    box.store->accept(AppendEvents{{event(Lane::alarm, seq, std::string(300, 'a'))}, {}});
  }
  while (system < 1200) box.store->accept(AppendEvents{{event(Lane::system, ++system)}, {}});
  box.store->work(box.now, box.answers);
  int shed = 0;
  for (int hour = 0; hour < 60; ++hour) {
    box.answers.clear();
    box.keep_house();
    const int told = box.count<GapMade>();
    shed += told;
    // The core journals what it hears.
    for (int i = 0; i < told; ++i) box.perform(AppendEvents{{event(Lane::system, ++system)}, {}});
  }
  EXPECT_EQ(shed, 1);
  const RangeRead read = box.read(Lane::system, 1);
  EXPECT_GE(read.rows.size(), 500U);
  expect_exact(read, system);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 1000U);
}

TEST(Space, FreeFloorShedsTelemetryUntilItIsKept) {
  Box box;
  box.options.free_floor = 1000;
  box.open();
  for (uint64_t seq = 1; seq <= 500; ++seq) box.perform(batch(seq, 100));
  box.keep_house();
  EXPECT_TRUE(box.read(Lane::vitals, 1).gaps.empty());
  box.disk.free = 10;
  box.keep_house();
  const RangeRead read = box.read(Lane::vitals, 1);
  EXPECT_FALSE(read.gaps.empty());
  EXPECT_FALSE(read.rows.empty());  // the newest is never shed
  expect_exact(read, 500);
}

TEST(Space, ThatReadingsAreDroppedForTheFreeFloorIsToldUntilThereIsRoom) {
  // Nobody at the bedside reads the log.
  Box box;
  box.options.free_floor = 100ULL << 20;
  box.disk.free = 150ULL << 20;
  box.open();
  for (uint64_t seq = 1; seq <= 300; ++seq) box.perform(batch(seq, 100));
  box.keep_house();
  EXPECT_EQ(box.count<DiskRoomy>(), 0) << "at its edge an episode of before may go on";
  box.disk.free = 50ULL << 20;
  box.answers.clear();
  box.keep_house();
  box.keep_house();
  ASSERT_EQ(box.count<DiskLow>(), 1);
  for (const Answer& a : box.answers) {
    if (const auto* low = std::get_if<DiskLow>(&a)) {
      EXPECT_EQ(low->free, 50ULL << 20);
    }
  }
  box.disk.free = 40ULL << 20;
  box.keep_house();
  EXPECT_EQ(box.count<DiskLow>(), 1) << "how much is free is no news each second";
  box.now = box.now + minutes(1);
  box.keep_house();
  EXPECT_EQ(box.count<DiskLow>(), 2);
  box.disk.free = 150ULL << 20;
  box.keep_house();
  EXPECT_EQ(box.count<DiskRoomy>(), 0);
  box.disk.free = 200ULL << 20;
  box.keep_house();
  box.keep_house();
  EXPECT_EQ(box.count<DiskRoomy>(), 1);
}

TEST(Space, ACrashBetweenGapAndDeletionIsFinishedAtTheNextStart) {
  Box box;
  box.options.telemetry_quota = 200'000;
  box.open();
  for (uint64_t seq = 1; seq <= 600; ++seq) box.perform(batch(seq, 100));
  // The gap row is one write transaction; the one after it, in the other file, fails.
  const uint64_t writes = box.disk.count(MemoryDisk::Op::write);
  for (uint64_t n = 1; n < 60; ++n) {
    box.disk.fail(MemoryDisk::Op::write, n, 10, true);
    box.now = box.now + seconds(20);
    box.store->housekeeping(box.now, box.answers);
    box.die();
    box.disk.heal();
    box.open();
    box.perform(batch(600 + n, 100));
    box.keep_house();
    expect_exact(box.read(Lane::vitals, 1), 600 + n);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(box.disk.count(MemoryDisk::Op::write), writes);
}

// Any samples, any batches: after compaction each signal's samples are the same, in order.
TEST(Space, CompactionChangesNoSample) {
  for (const uint64_t seed : {1U, 2U, 3U}) {
    std::mt19937_64 random(seed);
    Box box;
    box.open();
    const std::array signals{*find_signal("oximeter.spo2"), *find_signal("oximeter.pulse"),
                             *find_signal("oximeter.pleth"),
                             *find_signal("oximeter.alarm.probe_off")};
    std::vector<AppendBatch> lived;
    for (uint64_t seq = 1; seq <= 700; ++seq) {
      AppendBatch b = batch(seq, 0);
      const uint64_t samples = random() % 40;
      for (uint64_t i = 0; i < samples; ++i) {
        BatchSample s;
        s.device = 1;
        const bool is_missing = random() % 30 == 0;
        s.sample.signal = signals[random() % signals.size()];
        s.sample.measured_at = b.t + milliseconds(static_cast<int64_t>(i));
        s.sample.value = is_missing ? 0 : static_cast<int32_t>(random() % 100'000);
        s.sample.quality = is_missing ? Quality::missing : Quality::ok;
        s.sample.reason = is_missing ? Reason::artefact : Reason::none;
        s.received_at = b.t;
        b.samples.push_back(s);
      }
      box.perform(b);
      lived.push_back(b);
      if (random() % 100 == 0) {
        box.die();
        if (random() % 2 == 0) box.options.boot += "x";
        // A new boot would go on above its reservation; here only the label changes.
        box.open();
      }
      if (random() % 10 == 0) box.keep_house();
    }
    box.keep_house();
    EXPECT_LT(integer(box, "/state/telemetry.db", "SELECT count(*) FROM segment"), 400);
    box.open();
    const RangeRead read = box.read(Lane::vitals, 1);
    ASSERT_EQ(read.rows.size(), lived.size());
    const auto by_signal = [](const std::vector<BatchSample>& samples) {
      std::map<SignalId, std::vector<Sample>> out;
      for (const BatchSample& s : samples) out[s.sample.signal].push_back(s.sample);
      return out;
    };
    for (size_t i = 0; i < lived.size(); ++i) {
      ASSERT_EQ(by_signal(read.rows[i].samples), by_signal(lived[i].samples)) << "seq " << i + 1;
    }
    // Ranges that begin inside a merged segment find their samples too.
    const RangeRead part = box.read(Lane::vitals, 333, 5);
    ASSERT_EQ(part.rows.size(), 5U);
    EXPECT_EQ(by_signal(part.rows[2].samples), by_signal(lived[334].samples));
  }
}

}  // namespace
}  // namespace lamplight::store::test
