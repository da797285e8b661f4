// Three days without a broker: the core and the real store, on a memory disk with a small quota.
// When the broker is back, the care team must get every alarm in order, every reading that was
// kept, and an exact word about each that was not; and the box must not have grown meanwhile.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "gateway/store/store.h"
#include "tests/core/house.h"
#include "tests/store/memory_disk.h"

namespace lamplight::core {
namespace {

constexpr uint64_t kQuota = 2 << 20;  // of readings: a third of what three days need

class Offline : public ::testing::Test {
 protected:
  Offline() {
    options_.dir = "/state";
    options_.home = house_.setup.home;
    options_.boot = house_.setup.boot;
    options_.devices = {{"ox1", Role::oximeter}, {"pump1", Role::pump}};
    options_.telemetry_quota = kQuota;
    options_.free_floor = 0;
    options_.vfs = disk_.vfs();
    options_.disk = &disk_;
    house_.real_store = RealStore{[this] { return open(); },
                                  [this](auto& jobs, MonoTime now) { return commit(jobs, now); }};
    house_.boot();
  }

  store::Opened open() {
    store_ = std::make_unique<store::Store>(options_);
    store::Answers answers;
    store_->open(house_.now, answers);
    for (const store::Answer& answer : answers) {
      if (const auto* opened = std::get_if<store::Opened>(&answer)) return *opened;
    }
    ADD_FAILURE() << "the store did not open";
    return {};
  }

  std::vector<store::Answer> commit(std::deque<store::Job>& jobs, MonoTime now) {
    store::Answers answers;
    for (store::Job& job : jobs) store_->accept(std::move(job));
    jobs.clear();
    while (!store_->is_idle()) store_->work(now, answers);
    while (store_->housekeeping(now, answers)) {
    }
    for (const store::Answer& answer : answers) {
      const auto* durable = std::get_if<store::Durable>(&answer);
      if (durable == nullptr) continue;
      auto& newest = newest_[static_cast<size_t>(durable->lane)];
      newest = std::max(newest, durable->seq);
    }
    return answers;
  }

  // A reading every 4.9 seconds; a low spell of a minute every half an hour is an alarm.
  void hours(int64_t count) {
    const MonoTime end = house_.now + minutes(count * 60);
    MonoTime spell = house_.now;
    while (house_.now < end) {
      if (house_.now - spell > minutes(30)) {
        spell = house_.now;
        forget();
      }
      house_.spo2(house_.now - spell < minutes(1) ? 84 : 97, milliseconds(4900));
    }
  }

  // What the house of the test keeps for its own sake.
  void forget() {
    house_.ring.clear();
    house_.followers.clear();
    house_.answers.clear();
    house_.every_message.clear();
    house_.log.clear();
  }

  static size_t heap() { return mallinfo2().uordblks; }

  store::test::MemoryDisk disk_;
  store::Options options_;
  std::unique_ptr<store::Store> store_;
  House house_;
  std::array<uint64_t, kLaneCount> newest_ = {};
};

TEST_F(Offline, ThreeDaysCostNoMemoryNoAlarmAndNoUntoldHole) {
  hours(36);
  const size_t half = heap();
  hours(36);
  EXPECT_LT(heap(), half + (3U << 20)) << "what is not on the disk does not grow";
  const auto newest = newest_;
  house_.connect_both();
  for (int i = 0; i < 600; ++i) house_.pass(seconds(1));

  const auto alarms = house_.seqs(Lane::alarm);
  const std::set<uint64_t> told(alarms.begin(), alarms.end());
  const uint64_t last = newest[static_cast<size_t>(Lane::alarm)];
  ASSERT_GT(last, 144U) << "an alarm in each spell";
  for (uint64_t seq = 1; seq <= last; ++seq) EXPECT_TRUE(told.contains(seq)) << "alarm " << seq;
  EXPECT_TRUE(std::ranges::is_sorted(alarms));

  const auto batches = house_.seqs(Lane::vitals);
  std::set<uint64_t> had(batches.begin(), batches.end());
  uint64_t holes = 0;
  for (const Sent& sent : house_.sent) {
    if (!sent.payload.is_object() || !sent.payload.contains("missing")) continue;
    const Json& missing = sent.payload["missing"];
    if (missing["lane"] != "vitals" || missing["first"].is_null()) continue;
    EXPECT_EQ(missing["why"], "quota");
    for (auto seq = missing["first"].get<uint64_t>(); seq <= missing["last"].get<uint64_t>();
         ++seq) {
      EXPECT_TRUE(had.insert(seq).second) << "told as lost, and sent: " << seq;
      ++holes;
    }
  }
  EXPECT_GT(holes, 0U) << "the quota was too large for this test to mean anything";
  const uint64_t end = newest[static_cast<size_t>(Lane::vitals)];
  for (uint64_t seq = 1; seq <= end; ++seq) {
    ASSERT_TRUE(had.contains(seq))
        << "vitals " << seq << " of " << end << ": neither sent nor told";
  }
}

}  // namespace
}  // namespace lamplight::core
