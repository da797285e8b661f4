// Whoever reads the record beside a running gateway sees what was committed, filtered as asked,
// and never disturbs the writer. On a real directory: the shared memory of WAL is the point.
#include "gateway/store/reader.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "gateway/store/db.h"
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    std::string name = testing::TempDir() + "ll-reader-XXXXXX";
    dir_ = ::mkdtemp(name.data());
    options_.dir = dir_;
    options_.home = "h-1";
    options_.boot = "boot-1";
    options_.free_floor = 0;
    options_.devices = {{"ox1", Role::oximeter}};
    store_ = std::make_unique<Store>(options_);
    store_->open(MonoTime{1}, answers_);
  }
  ~ReaderTest() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void perform(Job job) { store_->perform(std::move(job), MonoTime{1}, answers_); }
  size_t count(const EventFilter& filter) {
    auto reader = Reader::open(dir_);
    EXPECT_TRUE(reader) << reader.error();
    const auto found = reader->events(filter);
    EXPECT_TRUE(found);
    return found->size();
  }

  std::string dir_;
  Options options_;
  std::unique_ptr<Store> store_;
  Answers answers_;
};

TEST_F(ReaderTest, FiltersTheJournalWhileItIsWritten) {
  for (uint64_t seq = 1; seq <= 20; ++seq) {
    EventRow alarm = event(Lane::alarm, seq);
    alarm.occurrence = seq / 5;
    if (seq % 5 == 0) alarm.name = "alarm.cleared";
    perform(AppendEvents{{alarm, event(Lane::system, seq)}, {}});
  }
  EXPECT_EQ(count({}), 40U);
  EXPECT_EQ(count({.lane = Lane::alarm}), 20U);
  EXPECT_EQ(count({.lane = Lane::alarm, .occurrence = 2}), 5U);
  EXPECT_EQ(count({.name = "alarm.cleared"}), 4U);
  EXPECT_EQ(count({.name = "alarm."}), 20U);
  EXPECT_EQ(count({.newest = 3}), 3U);
  EXPECT_EQ(count({.since = event(Lane::alarm, 11).at.unix_ns}), 20U);
  EXPECT_EQ(count({.until = event(Lane::alarm, 10).at.unix_ns}), 20U);
  EXPECT_EQ(count({.lane = Lane::alarm, .after_seq = 18}), 2U);
  auto reader = Reader::open(dir_ + "/record.db");
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader->chain_is_whole(Lane::alarm), true);
  // The writer goes on while a reader is open.
  perform(AppendEvents{{event(Lane::alarm, 21)}, {}});
  EXPECT_EQ(reader->events({.lane = Lane::alarm})->size(), 21U);
}

TEST_F(ReaderTest, SeesAChangedRowInTheChain) {
  for (uint64_t seq = 1; seq <= 5; ++seq) perform(AppendEvents{{event(Lane::alarm, seq)}, {}});
  store_.reset();
  {
    auto db = Db::open(dir_ + "/record.db", OpenAs::writer, nullptr);
    db->run("UPDATE event SET body = '{}' WHERE seq = 3");
    ASSERT_TRUE(db->take_error());
  }
  EXPECT_EQ(*Reader::open(dir_)->chain_is_whole(Lane::alarm), false);
}

TEST_F(ReaderTest, GivesReadingsInOrderOfTime) {
  for (uint64_t seq = 1; seq <= 10; ++seq) perform(batch(seq, 3));
  auto reader = Reader::open(dir_);
  const auto signals = reader->signals();
  ASSERT_EQ(signals->size(), 1U);
  EXPECT_EQ(signals->front().path, "oximeter.spo2");
  const auto stretches = reader->stretches({}, {});
  ASSERT_EQ(stretches->size(), 1U);
  EXPECT_EQ(stretches->front().to, batch(10).t);
  EXPECT_EQ(stretches->front().to_label, batch(10).at);
  const auto all =
      reader->readings(*signals, "boot-1", stretches->front().from, MonoTime{} + hours(1));
  EXPECT_EQ(all->size(), 30U);
  EXPECT_TRUE(std::is_sorted(all->begin(), all->end(), [](const Reading& a, const Reading& b) {
    return a.measured_at < b.measured_at;
  }));
  // The instant itself belongs to the window before.
  const auto some = reader->readings(*signals, "boot-1", batch(3).t, batch(5).t);
  EXPECT_EQ(some->size(), 6U);
  const auto later = reader->stretches(batch(4).at.unix_ns, batch(6).at.unix_ns);
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(later->front().from, batch(3).t);
  EXPECT_EQ(later->front().to, batch(6).t);
}

TEST_F(ReaderTest, AStoreThatMayNotBeReadIsNotSaidToBeGone) {
  std::filesystem::permissions(dir_, std::filesystem::perms::none);
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto reader = Reader::open(dir_);
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  std::filesystem::permissions(dir_, std::filesystem::perms::owner_all);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error(),
            dir_ + "/record.db: may not be read: be root or in the group lamplight");
}

TEST(Reader, SaysWhichStoreIsNotThere) {
  const auto reader = Reader::open("/nonexistent");
  ASSERT_FALSE(reader);
  EXPECT_NE(reader.error().find("/nonexistent/record.db"), std::string::npos) << reader.error();
}

}  // namespace
}  // namespace lamplight::store::test
