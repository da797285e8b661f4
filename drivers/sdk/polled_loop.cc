#include "drivers/sdk/polled_loop.h"

#include <poll.h>

#include <algorithm>

#include "drivers/sdk/clock.h"
#include "drivers/sdk/wait.h"

namespace lamplight::sdk {
namespace {

constexpr Duration kHeartbeatEvery = seconds(1);
constexpr Duration kCountersEvery = seconds(10);

}  // namespace

PolledLoop::PolledLoop(CoreLink& core, PolledDriver& driver,
                       std::vector<std::unique_ptr<DeviceFeed>>& feeds)
    : core_(core), driver_(driver), feeds_(feeds), counters_(feeds.size()) {}

void PolledLoop::run() {
  MonoTime work_at{};
  MonoTime heartbeat_at{};
  MonoTime counters_at = mono_now() + kCountersEvery;
  while (true) {
    pollfd wait{core_.fd(), static_cast<short>(core_.has_waiting() ? POLLIN | POLLOUT : POLLIN), 0};
    const MonoTime deadline = std::min({work_at, heartbeat_at, counters_at});
    ::poll(&wait, 1, wait_ms(mono_now(), deadline));
    if (wait.revents != 0 && !core_.listen()) return;
    MonoTime now = mono_now();
    if (now >= work_at) work_at = driver_.work(now, *this);
    now = mono_now();
    if (now >= heartbeat_at) {
      core_.heartbeat();
      heartbeat_at = now + kHeartbeatEvery;
    }
    const bool counters_are_due = now >= counters_at;
    if (counters_are_due) counters_at = now + kCountersEvery;
    for (size_t i = 0; i < feeds_.size(); ++i) {
      feeds_[i]->flush();
      if (counters_are_due) feeds_[i]->counters(counters_[i]);
    }
    core_.flush();
  }
}

void PolledLoop::sample(size_t device, SignalId signal, Reading reading, MonoTime at) {
  feeds_[device]->frame(at);
  feeds_[device]->sample(signal, reading);
}

void PolledLoop::fact(size_t device, const Fact& fact) { feeds_[device]->fact(fact); }

void PolledLoop::link_up(size_t device) { feeds_[device]->link_up(mono_now()); }

void PolledLoop::link_down(size_t device, std::string_view why) {
  feeds_[device]->link_down(why, mono_now());
}

void PolledLoop::counters(size_t device, const Counters& counters) { counters_[device] = counters; }

void PolledLoop::log(std::string_view level, std::string_view text) { say_log(core_, level, text); }

}  // namespace lamplight::sdk
