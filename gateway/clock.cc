#include "gateway/clock.h"

#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <limits>

namespace lamplight {
namespace {

int64_t read_clock(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

ClockState kernel_state() {
  timex query{};
  const int state = ::adjtimex(&query);
  const bool synchronised = state >= 0 && state != TIME_ERROR && (query.status & STA_UNSYNC) == 0;
  return synchronised ? ClockState::synchronised : ClockState::unsynchronised;
}

struct Shift {
  int64_t offset_ns = 0;
  std::optional<ClockState> state;
};

#ifdef LL_TEST_BUILD
Shift test_shift() {
  Shift shift;
  const char* path = std::getenv("LL_TEST_WALL");
  if (path == nullptr) return shift;
  std::ifstream in(path);
  std::string state;
  if (!(in >> shift.offset_ns >> state)) return Shift{};
  shift.state = state == "synchronised" ? ClockState::synchronised : ClockState::unsynchronised;
  return shift;
}
constexpr bool kTestBuild = true;
#else
Shift test_shift() { return {}; }
constexpr bool kTestBuild = false;
#endif

// Slewing moves the clock by 500 ppm at most; the test's file moves it by what it says.
constexpr int64_t kTestStepNs = 50'000'000;

}  // namespace

MonoTime mono_now() { return {read_clock(CLOCK_BOOTTIME)}; }

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!std::getline(in, id) || id.size() != 36) id = "00000000-0000-0000-0000-000000000000";
  return id;
}

CivilTime civil_time(WallTime at) {
  const time_t seconds_of_label = at.unix_ns / 1'000'000'000;
  tm civil{};
  ::localtime_r(&seconds_of_label, &civil);
  return {.weekday = (civil.tm_wday + 6) % 7,
          .second_of_day = civil.tm_hour * 3600 + civil.tm_min * 60 + civil.tm_sec};
}

WallClock::WallClock() {
  fd_ = ::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd_ >= 0) arm();
}

WallClock::~WallClock() {
  if (fd_ >= 0) ::close(fd_);
}

// For the end of days. A kernel that keeps 32 bits of time refuses that and gets the last instant
// it knows.
void WallClock::arm() const {
  constexpr int kFlags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  itimerspec far{};
  far.it_value.tv_sec = std::numeric_limits<time_t>::max();
  if (::timerfd_settime(fd_, kFlags, &far, nullptr) == 0) return;
  far.it_value.tv_sec = INT32_MAX;
  ::timerfd_settime(fd_, kFlags, &far, nullptr);
}

// Reads the cancellation, if any, and arms the timer again only then: one that expired because a
// clock is beyond its instant would expire again at once, and the loop would do nothing else.
bool WallClock::was_set() {
  if (fd_ < 0) return false;
  uint64_t expirations = 0;
  const bool cancelled = ::read(fd_, &expirations, sizeof expirations) < 0 && errno == ECANCELED;
  if (cancelled) arm();
  return cancelled;
}

WallClock::Reading WallClock::read() {
  const Shift shift = test_shift();
  const int64_t wall = read_clock(CLOCK_REALTIME) + shift.offset_ns;
  const int64_t ahead = wall - read_clock(CLOCK_BOOTTIME);
  const int64_t moved = ahead_ns_ ? ahead - *ahead_ns_ : 0;
  const bool stepped = was_set() || (kTestBuild && std::llabs(moved) > kTestStepNs);
  ahead_ns_ = ahead;
  const ClockState state = shift.state.value_or(kernel_state());
  Reading reading{
      .label = {wall, state}, .stepped_ms = {}, .synchronised = state == ClockState::synchronised};
  if (stepped) {
    reading.label.clock = ClockState::stepped;
    reading.stepped_ms = moved / 1'000'000;
  }
  return reading;
}

}  // namespace lamplight
