// A record that somebody deletes, empties or replaces is never written to as if it were there:
// nothing is called durable that the next start would not find, and the loss is told.
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

std::string failing(const Box& box) {
  for (const Answer& a : box.answers) {
    if (const auto* f = std::get_if<Failing>(&a)) return f->what;
  }
  return {};
}

void fill(Box& box) {
  box.open();
  box.perform(AppendEvents{{event(Lane::alarm, 1)}, {}});
  box.perform(batch(1));
}

TEST(Lost, ADeletedRecordIsNoticedWithoutAWriteAndNothingMoreIsDurable) {
  for (const char* part : {"", "-wal"}) {
    Box box;
    fill(box);
    box.disk.remove(std::string("/state/record.db") + part);
    box.keep_house();
    EXPECT_NE(failing(box).find("record.db was deleted or replaced"), std::string::npos) << part;
    box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
    box.settle();
    EXPECT_EQ(box.durable[Lane::alarm], 1U) << part;
    EXPECT_EQ(box.count<Failing>(), 1) << part;
    EXPECT_EQ(box.count<Recovered>(), 0) << part;
  }
}

TEST(Lost, AWriteBeforeTheNextLookIsNotDurableEither) {
  Box box;
  fill(box);
  box.disk.remove("/state/record.db");
  box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
  EXPECT_EQ(box.durable[Lane::alarm], 1U);
  EXPECT_EQ(box.count<Failing>(), 1);
  EXPECT_EQ(box.read(Lane::alarm, 1).rows.size(), 1U) << "what was written can still be sent";
}

TEST(Lost, ARecordPutBackTakesWhatWaited) {
  Box box;
  fill(box);
  ASSERT_TRUE(box.disk.rename("/state/record.db", "/state/elsewhere"));
  box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
  ASSERT_TRUE(box.disk.rename("/state/elsewhere", "/state/record.db"));
  box.settle();
  EXPECT_EQ(box.durable[Lane::alarm], 2U);
  EXPECT_EQ(box.count<Recovered>(), 1);
}

TEST(Lost, DeletedTelemetryStopsNoAlarm) {
  Box box;
  fill(box);
  box.disk.remove("/state/telemetry.db");
  box.keep_house();
  EXPECT_NE(failing(box).find("telemetry.db"), std::string::npos);
  box.perform(batch(2));
  box.perform(AppendEvents{{event(Lane::alarm, 2)}, {}});
  EXPECT_EQ(box.durable[Lane::alarm], 2U);
  EXPECT_EQ(box.durable[Lane::vitals], 1U);
}

TEST(Lost, AStartWithoutTheRecordOfItsTelemetrySaysSo) {
  for (const bool emptied : {false, true}) {
    Box box;
    fill(box);
    box.perform(Stop{});
    box.disk.remove("/state/record.db");
    if (emptied) box.disk.files["/state/record.db"] = std::make_shared<File>();
    const Opened opened = box.open();
    ASSERT_EQ(opened.problems.size(), 1U);
    EXPECT_NE(opened.problems.front().find("record.db was deleted"), std::string::npos);
    EXPECT_GT(opened.lanes[static_cast<size_t>(Lane::vitals)].next_seq, 1U);
    EXPECT_EQ(box.count<Failing>(), 0);
  }
}

TEST(Lost, ALogWithoutItsRecordIsKept) {
  Box box;
  fill(box);
  box.die();
  box.disk.remove("/state/record.db");
  box.disk.files["/state/record.db-wal"] = std::make_shared<File>();
  box.disk.files["/state/record.db-wal"]->now = "what was committed last";
  EXPECT_FALSE(box.open().problems.empty());
  EXPECT_TRUE(box.disk.exists("/state/record.db.damaged-1-wal"));
}

TEST(Lost, AFirstStartAndAFullDiskAreNoLoss) {
  Box box;
  box.disk.fail(MemoryDisk::Op::write, 1, SQLITE_FULL, true);
  EXPECT_TRUE(box.open().problems.empty());
  EXPECT_EQ(box.count<Failing>(), 1);
  box.die();
  EXPECT_TRUE(box.open().problems.empty()) << "nothing was damaged, and nothing set aside";
  box.die();
  box.disk.heal();
  EXPECT_TRUE(box.open().problems.empty());
  EXPECT_EQ(box.count<Failing>(), 0);
}

TEST(Lost, AFullDiskUnderneathARecordDamagesNothing) {
  Box box;
  fill(box);
  box.die();
  box.disk.fail(MemoryDisk::Op::write, 1, SQLITE_FULL, true);
  EXPECT_TRUE(box.open().problems.empty());
  EXPECT_EQ(box.count<Failing>(), 1);
}

TEST(Lost, BelowTheFloorTheLogSaysItOnce) {
  Box box;
  fill(box);
  box.options.free_floor = 100ULL << 20;
  box.open();
  box.disk.free = 50ULL << 20;
  for (int i = 0; i < 5; ++i) box.keep_house();
  int said = 0;
  for (const std::string& line : box.lines) said += line.find("free_floor") != line.npos ? 1 : 0;
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace lamplight::store::test
