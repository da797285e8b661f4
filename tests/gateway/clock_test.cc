// Profiles follow the clock on the family's wall, also in the two nights a year when it jumps; and
// no instant that it may show keeps the loop busy.
#include "gateway/clock.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>

#include <cstdlib>

namespace lamplight {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// The civil time of the box while its zone is that of Berlin.
class Berlin : public testing::Test {
 protected:
  void SetUp() override { put("Europe/Berlin"); }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static void put(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  // Minutes of the day at `unix_seconds`.
  static int minute(int64_t unix_seconds) {
    return civil_time({unix_seconds * kSecond, ClockState::synchronised}).second_of_day / 60;
  }
};

// 2026-03-29T01:00:00Z, 02:00 in Berlin, which becomes 03:00.
constexpr int64_t kSpring = 1'774'746'000;
// 2026-10-25T01:00:00Z, 03:00 in Berlin, which becomes 02:00 again.
constexpr int64_t kAutumn = 1'792'890'000;

TEST_F(Berlin, AnHourIsMissingInSpring) {
  // A profile that begins at 02:30 begins with the jump: no minute between 2 and 3 exists.
  EXPECT_EQ(minute(kSpring - 1), 1 * 60 + 59);
  EXPECT_EQ(minute(kSpring), 3 * 60);
}

TEST_F(Berlin, AnHourComesTwiceInAutumn) {
  // 02:30 is twice, and both times the profile of 02:30 holds.
  EXPECT_EQ(minute(kAutumn - 1), 2 * 60 + 59);
  EXPECT_EQ(minute(kAutumn), 2 * 60);
  EXPECT_EQ(minute(kAutumn - 1800), minute(kAutumn + 1800));
}

TEST_F(Berlin, TheNightBeginsAtNineBySummerAndByWinterTime) {
  // 21:00 is 19:00 UTC the day before the change and 20:00 UTC on the day itself.
  EXPECT_EQ(minute(kAutumn - 6 * 3600), 21 * 60);
  EXPECT_EQ(minute(kAutumn + 19 * 3600), 21 * 60);
  EXPECT_EQ(civil_time({kAutumn * kSecond, ClockState::synchronised}).weekday, 6);
}

TEST_F(Berlin, TheDayOfTheWeekIsThatOfTheHouse) {
  // Half past eleven on Saturday evening in UTC is Sunday at home.
  const int64_t saturday = kAutumn - 90 * 60 - 3600;  // 2026-10-24T22:30Z
  EXPECT_EQ(civil_time({saturday * kSecond, ClockState::synchronised}).weekday, 6);
  put("UTC");
  EXPECT_EQ(civil_time({saturday * kSecond, ClockState::synchronised}).weekday, 5);
}

bool is_readable(int fd) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) == 1;
}

// What is left of the timer; 0: it is not armed.
int64_t seconds_left(const WallClock& clock) {
  itimerspec left{};
  EXPECT_EQ(::timerfd_gettime(clock.fd(), &left), 0);
  return left.it_value.tv_sec;
}

TEST(WallClock, ItsTimerLiesBeyondTheYear2038) {
  // A family whose box believes that it is 2040 still has a loop that sleeps.
  if (sizeof(time_t) < 8) GTEST_SKIP() << "no time beyond 2038 here";
  constexpr int64_t kCentury = int64_t{100} * 365 * 24 * 3600;
  WallClock clock;
  ASSERT_GE(clock.fd(), 0);
  EXPECT_GT(seconds_left(clock), kCentury);
  clock.read();
  EXPECT_GT(seconds_left(clock), kCentury);
  EXPECT_FALSE(is_readable(clock.fd()));
}

TEST(WallClock, ATimerThatExpiredIsNoStepAndStaysQuiet) {
  WallClock clock;
  ASSERT_GE(clock.fd(), 0);
  itimerspec past{};
  past.it_value.tv_sec = 1;
  ASSERT_EQ(::timerfd_settime(clock.fd(), TFD_TIMER_ABSTIME, &past, nullptr), 0);
  ASSERT_TRUE(is_readable(clock.fd()));
  EXPECT_FALSE(clock.read().stepped_ms);
  EXPECT_EQ(seconds_left(clock), 0) << "armed again";
  EXPECT_FALSE(is_readable(clock.fd()));
}

}  // namespace
}  // namespace lamplight
