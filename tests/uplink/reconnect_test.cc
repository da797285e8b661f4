// A home whose broker is down must be back soon after it, and must not hammer a broker that says
// no: the two schedules of the MQTT contract, to the millisecond, without a clock.
#include "gateway/uplink/reconnect.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace lamplight::uplink {
namespace {

constexpr MonoTime kStart{1'000'000'000'000};

// Fails again and again as soon as it may; returns the waits.
std::vector<int64_t> outage(Reconnect& r, MonoTime& now, int tries) {
  std::vector<int64_t> waits_ms;
  for (int i = 0; i < tries; ++i) {
    r.unreachable(now);
    waits_ms.push_back((r.next_try() - now).ms());
    now = r.next_try();
  }
  return waits_ms;
}

std::vector<int64_t> kicks(Reconnect& r, MonoTime& now, int times, Duration accepted_for) {
  std::vector<int64_t> waits_ms;
  for (int i = 0; i < times; ++i) {
    r.accepted(now);
    now = now + accepted_for;
    r.lost(now);
    waits_ms.push_back((r.next_try() - now).ms());
    now = r.next_try();
  }
  return waits_ms;
}

TEST(Reconnect, TriesAtOnceWhenItNeverTried) { EXPECT_LE(Reconnect(1).next_try(), kStart); }

TEST(Reconnect, TriesAQuarterSecondApartForThirtySecondsOfAnOutage) {
  Reconnect r(7);
  MonoTime now = kStart;
  std::set<int64_t> different;
  while (now - kStart < seconds(29)) {
    for (const int64_t wait : outage(r, now, 1)) {
      EXPECT_GE(wait, 200);
      EXPECT_LE(wait, 300);
      different.insert(wait);
    }
  }
  EXPECT_GT(different.size(), 20u) << "jitter must spread the homes";
}

TEST(Reconnect, DoublesToThirtySecondsAfterThirtySecondsOfAnOutage) {
  Reconnect r(7);
  MonoTime now = kStart;
  while (now - kStart < seconds(30)) outage(r, now, 1);
  const int64_t expected[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
  for (const int64_t middle : expected) {
    const int64_t wait = outage(r, now, 1).front();
    EXPECT_GE(wait, middle * 8 / 10);
    EXPECT_LE(wait, std::min<int64_t>(middle * 12 / 10, 30000));
  }
}

TEST(Reconnect, NeverWaitsLongerThanASecondWhileAnAlarmWaits) {
  Reconnect r(7);
  MonoTime now = kStart;
  r.urgent(now, true);
  while (now - kStart < seconds(120)) EXPECT_LE(outage(r, now, 1).front(), 1000);
  r.urgent(now, false);
  EXPECT_GT(outage(r, now, 3).back(), 1000) << "the calm schedule is back";
}

TEST(Reconnect, BringsALongWaitForwardWhenAnAlarmComesUp) {
  Reconnect r(7);
  MonoTime now = kStart;
  while (now - kStart < seconds(200)) outage(r, now, 1);
  r.unreachable(now);
  ASSERT_GT(r.next_try() - now, seconds(20));
  r.urgent(now + seconds(5), true);
  EXPECT_EQ(r.next_try(), now + seconds(5)) << "it has waited its second already";
  r.unreachable(now);
  r.urgent(now + milliseconds(300), true);
  EXPECT_LE(r.next_try(), now + seconds(1));
}

TEST(Reconnect, BeginsTheOutageScheduleAnewAfterAConnection) {
  Reconnect r(7);
  MonoTime now = kStart;
  while (now - kStart < seconds(200)) outage(r, now, 1);
  r.accepted(now);
  now = now + seconds(100);
  r.lost(now);
  now = r.next_try();
  EXPECT_LE(outage(r, now, 1).front(), 300);
}

TEST(Reconnect, DoublesFromAQuarterSecondToThirtyWhenKicked) {
  Reconnect r(7);
  MonoTime now = kStart;
  EXPECT_EQ(kicks(r, now, 10, milliseconds(5)),
            (std::vector<int64_t>{250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000}));
}

TEST(Reconnect, CountsRejectionsLikeKicks) {
  Reconnect r(7);
  MonoTime now = kStart;
  for (const int64_t expected : {250, 500, 1000, 2000, 4000}) {
    r.rejected(now);
    EXPECT_EQ((r.next_try() - now).ms(), expected);
    now = r.next_try();
  }
}

TEST(Reconnect, IsNotHurriedByAnAlarmWhenTheBrokerSaysNo) {
  Reconnect r(7);
  MonoTime now = kStart;
  r.urgent(now, true);
  kicks(r, now, 6, milliseconds(5));
  r.rejected(now);
  r.urgent(now, true);
  EXPECT_EQ((r.next_try() - now).ms(), 16000);
}

TEST(Reconnect, ForgetsKicksAfterAMinuteOfStabilityAndNotBefore) {
  Reconnect almost(7);
  MonoTime now = kStart;
  kicks(almost, now, 3, milliseconds(5));
  EXPECT_EQ(kicks(almost, now, 1, milliseconds(59'999)).front(), 2000);

  Reconnect stable(7);
  now = kStart;
  kicks(stable, now, 3, milliseconds(5));
  EXPECT_EQ(kicks(stable, now, 1, seconds(60)).front(), 250);
}

TEST(Reconnect, TakesALossForAnOutageWhenNobodyListensThen) {
  Reconnect r(7);
  MonoTime now = kStart;
  for (int crash = 0; crash < 8; ++crash) {  // of a broker that is restarted every few seconds
    EXPECT_EQ(kicks(r, now, 1, seconds(5)).front(), 250) << "crash " << crash;
    outage(r, now, 10);
  }
}

TEST(Reconnect, GivesTheSameWaitsForTheSameSeed) {
  Reconnect one(7), same(7), other(8);
  MonoTime a = kStart, b = kStart, c = kStart;
  const auto waits = outage(one, a, 40);
  EXPECT_EQ(waits, outage(same, b, 40));
  EXPECT_NE(waits, outage(other, c, 40));
}

}  // namespace
}  // namespace lamplight::uplink
