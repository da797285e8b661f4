// The core never waits for the disk: with a sync that hangs, push and take return at once, the
// queue stays bounded, and everything comes when the disk does. For the child whose alarm must
// sound while an SD card dies. Run under TSan too.
#include "gateway/store/thread.h"

#include <poll.h>

#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

StoreThread::Setup setup_of(Box& box) {
  StoreThread::Setup setup;
  setup.store = box.options;
  setup.store.log = {};  // the box belongs to the test's thread
  setup.now = [] { return MonoTime{1}; };
  setup.jobs_max = 64;
  return setup;
}

// Answers as they come, until `enough` says so; poll() waits on the eventfd, as the core does.
template <class Enough>
std::vector<Answer> gather(StoreThread& thread, Enough enough) {
  std::vector<Answer> all;
  while (!enough(all)) {
    pollfd fd{thread.answers_fd(), POLLIN, 0};
    if (::poll(&fd, 1, 20'000) != 1) {
      ADD_FAILURE() << "no answer in 20 s";
      break;
    }
    for (Answer& a : thread.take()) all.push_back(std::move(a));
  }
  return all;
}

uint64_t durable_of(const std::vector<Answer>& answers, Lane lane) {
  uint64_t seq = 0;
  for (const Answer& a : answers) {
    const auto* d = std::get_if<Durable>(&a);
    if (d != nullptr && d->lane == lane) seq = std::max(seq, d->seq);
  }
  return seq;
}

TEST(StoreThread, FirstAnswerIsOpened) {
  Box box;
  StoreThread thread(setup_of(box));
  const auto answers = gather(thread, [](const auto& a) { return !a.empty(); });
  EXPECT_TRUE(std::holds_alternative<Opened>(answers.front()));
}

TEST(StoreThread, HangingSyncDelaysNobodyAndLosesNothing) {
  Box box;
  StoreThread thread(setup_of(box));
  gather(thread, [](const auto& a) { return !a.empty(); });
  box.disk.block_syncs();
  Job first = AppendEvents{{event(Lane::alarm, 1)}, {}};
  ASSERT_TRUE(thread.push(first));
  box.disk.wait_for_blocked_sync();
  const uint64_t turns = thread.turns();
  uint64_t batches = 0;
  for (uint64_t seq = 1; seq <= 100; ++seq) {
    Job job = batch(seq);
    if (!thread.push(job)) break;
    batches = seq;
  }
  EXPECT_EQ(batches, 16U);  // a quarter of the queue: telemetry yields first
  uint64_t alarms = 1;
  for (uint64_t seq = 2; seq <= 200; ++seq) {
    Job job = AppendEvents{{event(Lane::alarm, seq)}, {}};
    if (!thread.push(job)) {
      EXPECT_TRUE(std::holds_alternative<AppendEvents>(job));  // untouched
      break;
    }
    alarms = seq;
  }
  EXPECT_EQ(alarms, 49U);
  EXPECT_TRUE(thread.take().empty());
  EXPECT_EQ(thread.turns(), turns);  // the watchdog sees the stall
  box.disk.release_syncs();
  const auto answers = gather(thread, [&](const auto& a) {
    return durable_of(a, Lane::alarm) == alarms && durable_of(a, Lane::vitals) == batches;
  });
  EXPECT_EQ(durable_of(answers, Lane::alarm), alarms);
}

TEST(StoreThread, StopCommitsWhatWaitsAndMarksACleanEnd) {
  Box box;
  {
    StoreThread thread(setup_of(box));
    for (uint64_t seq = 1; seq <= 10; ++seq) {
      Job job = AppendEvents{{event(Lane::alarm, seq)}, {}};
      ASSERT_TRUE(thread.push(job));
    }
    Job job = batch(1);
    ASSERT_TRUE(thread.push(job));
  }
  box.disk.process_dies();
  const Opened opened = box.open();
  EXPECT_TRUE(opened.clean_stop);
  EXPECT_EQ(opened.lanes[0].next_seq, 11U);
  EXPECT_EQ(opened.lanes[2].next_seq, 2U);
}

TEST(StoreThread, DrainsTheLogBetweenCommits) {
  Box box;
  std::atomic<int> drained = 0;
  {
    auto setup = setup_of(box);
    setup.drain_log = [&] { drained.fetch_add(1); };
    StoreThread thread(setup);
    gather(thread, [](const auto& a) { return !a.empty(); });
  }
  EXPECT_GT(drained.load(), 0);
}

}  // namespace
}  // namespace lamplight::store::test
