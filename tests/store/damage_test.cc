// A damaged file never stops the monitoring and never lies: what can be read is kept, what cannot
// is named by a gap, and the damaged file stays for those who come to look.
#include <algorithm>
#include <set>

#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

constexpr size_t kPage = 4096;
constexpr uint64_t kEvents = 120;
constexpr uint64_t kBatches = 60;

// A store of about 40 pages, stopped cleanly; big bodies reach into overflow pages.
void fill(Box& box) {
  box.open();
  for (uint64_t seq = 1; seq <= kEvents; ++seq) {
    const std::string text(seq % 10 == 0 ? 9000 : 300, 'b');
    box.store->accept(AppendEvents{{event(Lane::alarm, seq, text), event(Lane::system, seq)},
                                   Snapshot{seq, MonoTime{1}, Blob(4), Blob(500, std::byte{7})}});
  }
  for (uint64_t seq = 1; seq <= kBatches; ++seq) box.store->accept(batch(seq, 40));
  for (int i = 0; i < 100; ++i) box.store->work(box.now, box.answers);
  box.perform(Stop{});
}

bool is_explained(const std::vector<RecordGap>& gaps, uint64_t seq) {
  return std::any_of(gaps.begin(), gaps.end(), [&](const RecordGap& gap) {
    return gap.first.value_or(1) <= seq && (!gap.last || *gap.last >= seq);
  });
}

void damage(Box& box, const std::string& path, size_t page) {
  std::string& bytes = box.disk.files.at(path)->now;
  for (size_t i = page * kPage; i < std::min(bytes.size(), (page + 1) * kPage); ++i) {
    bytes[i] = static_cast<char>(i * 167 + 13);
  }
  box.disk.files.at(path)->synced = bytes;
}

void expect_truth(Box& box, const std::string& where) {
  for (const Lane l : {Lane::alarm, Lane::system}) {
    const RangeRead read = box.read(l, 1);
    std::set<uint64_t> seen;
    for (const RangeRow& row : read.rows) {
      const std::string text(row.seq % 10 == 0 ? 9000 : 300, 'b');
      const EventRow lived = l == Lane::alarm ? event(l, row.seq, text) : event(l, row.seq);
      EXPECT_EQ(row.body, lived.body) << where;
      seen.insert(row.seq);
    }
    const bool has_history = !read.rows.empty() || !read.gaps.empty();
    for (uint64_t seq = 1; has_history && seq <= kEvents; ++seq) {
      EXPECT_TRUE(seen.contains(seq) || is_explained(read.gaps, seq))
          << where << ": silent hole " << name_of(l) << ' ' << seq;
    }
  }
  const RangeRead read = box.read(Lane::vitals, 1);
  std::set<uint64_t> whole;
  for (const RangeRow& row : read.rows) {
    if (row.samples.size() == 40) whole.insert(row.seq);
  }
  const bool has_history = !read.rows.empty() || !read.gaps.empty();
  for (uint64_t seq = 1; has_history && seq <= kBatches; ++seq) {
    EXPECT_TRUE(whole.contains(seq) || is_explained(read.gaps, seq))
        << where << ": silent hole in vitals " << seq;
  }
}

void try_every_page(const std::string& path, int& salvaged) {
  Box original;
  fill(original);
  const size_t pages = original.disk.files.at(path)->now.size() / kPage;
  ASSERT_GT(pages, 10U);
  for (size_t page = 0; page < pages; ++page) {
    Box box;
    for (const auto& [name, file] : original.disk.files) {
      box.disk.files[name] = std::make_shared<File>(*file);
    }
    damage(box, path, page);
    box.options.boot = "boot-2";
    const std::string where = path + " page " + std::to_string(page + 1);
    const Opened opened = box.open();
    EXPECT_EQ(box.count<Opened>(), 1) << where;
    EXPECT_EQ(box.count<Failing>(), 0) << where;
    const bool was_salvaged = box.disk.exists(path + ".damaged-1");
    salvaged += was_salvaged ? 1 : 0;
    EXPECT_EQ(was_salvaged, !opened.problems.empty()) << where;
    expect_truth(box, where);
    if (testing::Test::HasFailure()) {
      for (const auto& line : box.lines) ADD_FAILURE() << line;
      for (const auto& gap : opened.gaps) {
        ADD_FAILURE() << name_of(gap.lane) << ' ' << gap.first.value_or(0) << ".."
                      << gap.last.value_or(0) << ' ' << gap.why;
      }
    }
    const uint64_t next = opened.lanes[0].next_seq;
    box.perform(AppendEvents{{event(Lane::alarm, next)}, {}});
    EXPECT_EQ(box.durable[Lane::alarm], next) << where;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GE(salvaged, static_cast<int>(pages) / 2);
}

TEST(Damage, OfAnyPageOfTheRecordIsSalvaged) {
  int salvaged = 0;
  try_every_page("/state/record.db", salvaged);
  RecordProperty("salvaged", salvaged);
}

TEST(Damage, OfAnyPageOfTheTelemetryIsSalvaged) {
  int salvaged = 0;
  try_every_page("/state/telemetry.db", salvaged);
  RecordProperty("salvaged", salvaged);
}

TEST(Damage, IsLookedForOnceABoot) {
  // A process that died has torn no page, and somebody is not watched while gigabytes are read.
  Box box;
  fill(box);
  const uint64_t size = box.disk.files.at("/state/telemetry.db")->now.size();
  const auto read_at_open = [&] {
    box.die();
    const uint64_t before = box.disk.bytes_read;
    box.open();
    return box.disk.bytes_read - before;
  };
  const uint64_t again = read_at_open();
  box.options.boot = "boot-2";
  const uint64_t after_boot = read_at_open();
  EXPECT_GE(after_boot, size);
  EXPECT_LE(again + size / 2, after_boot);
}

TEST(Damage, OfTheTelemetryWithinABootIsMetWhenItIsReadAndSalvagedByTheNext) {
  Box box;
  fill(box);
  const size_t pages = box.disk.files.at("/state/telemetry.db")->now.size() / kPage;
  for (size_t page = pages / 2; page < pages; ++page) damage(box, "/state/telemetry.db", page);
  box.open();
  const RangeRead met = box.read(Lane::vitals, 1);
  EXPECT_TRUE(met.failed || !met.gaps.empty());
  box.perform(Stop{});
  box.options.boot = "boot-2";
  EXPECT_FALSE(box.open().problems.empty());
  EXPECT_TRUE(box.disk.exists("/state/telemetry.db.damaged-1"));
  const RangeRead read = box.read(Lane::vitals, 1);
  EXPECT_FALSE(read.failed);
  for (uint64_t seq = 1; seq <= kBatches; ++seq) {
    const bool is_there = std::ranges::any_of(
        read.rows, [&](const RangeRow& row) { return row.seq == seq && row.samples.size() == 40; });
    EXPECT_TRUE(is_there || is_explained(read.gaps, seq)) << seq;
  }
}

TEST(Damage, ASalvagedStoreHasANewNameAndGoesOnAboveItsReservation) {
  Box box;
  const Opened first = box.open();
  box.store.reset();
  fill(box);
  const size_t pages = box.disk.files.at("/state/record.db")->now.size() / kPage;
  damage(box, "/state/record.db", pages - 2);
  const Opened opened = box.open();
  EXPECT_NE(opened.store_id, first.store_id);
  EXPECT_GT(opened.lanes[0].next_seq, kEvents);
  EXPECT_FALSE(opened.gaps.empty());
}

TEST(Damage, OfTheAlarmStateIsNotTrusted) {
  Box box;
  fill(box);
  for (auto& [path, file] : box.disk.files) {
    const std::string state(500, '\x07');
    const size_t at = file->now.find(state);
    if (path != "/state/record.db" || at == std::string::npos) continue;
    file->now[at + 250] ^= 1;  // SQLite cannot see it
  }
  const Opened opened = box.open();
  EXPECT_FALSE(opened.snapshot);
  EXPECT_FALSE(opened.problems.empty());
}

TEST(Damage, AnInterruptedSalvageIsRepeated) {
  Box box;
  fill(box);
  damage(box, "/state/record.db", 5);
  box.disk.files["/state/record.db.new"] = std::make_shared<File>();
  box.disk.files["/state/record.db.new"]->now = "half a file";
  box.open();
  expect_truth(box, "half a salvage");
  EXPECT_FALSE(box.disk.exists("/state/record.db.new"));
}

}  // namespace
}  // namespace lamplight::store::test
