#include "drivers/sdk/stream_loop.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "drivers/sdk/clock.h"
#include "drivers/sdk/wait.h"

namespace lamplight::sdk {

void StreamLoop::run() {
  counters_at_ = mono_now() + kCountersEvery;
  while (true) {
    // poll, not epoll: two descriptors, of which one changes at each reopening.
    const short core_events = static_cast<short>(core_.has_waiting() ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 2> wait = {
        {{core_.fd(), core_events, 0}, {keeper_.fd(), keeper_.events(), 0}}};
    ::poll(wait.data(), wait.size(), wait_ms(mono_now(), deadline()));
    if (wait[0].revents != 0 && !core_.listen()) return;
    step(mono_now(), wait[1].revents);
    on_timers(mono_now());
    feed_.flush();
    core_.flush();
  }
}

void StreamLoop::step(MonoTime now, short revents) {
  std::array<uint8_t, 4096> buffer{};
  const PortTurn turn = keeper_.advance(now, revents, buffer);
  switch (turn.what) {
    case PortTurn::What::nothing:
      return;
    case PortTurn::What::opened:
      on_opened(now);
      return;
    case PortTurn::What::data:
      on_bytes(Bytes(buffer).first(turn.bytes), now);
      return;
    case PortTurn::What::lost:
      on_lost(turn.why, now);
      return;
  }
}

void StreamLoop::on_opened(MonoTime now) {
  silent_at_ = now + driver_.silence_max();
  const std::string warning = keeper_.port()->warning();
  if (!warning.empty()) say_log(core_, "warn", warning);
  const std::vector<uint8_t> greeting = driver_.greeting();
  if (greeting.empty()) return;
  const Status written = keeper_.port()->write(greeting);
  if (!written) say_log(core_, "warn", written.error());
}

void StreamLoop::on_bytes(Bytes bytes, MonoTime now) {
  Decoder& decoder = driver_.decoder();
  const uint64_t before = decoder.counters().frames_good;
  decoder.feed(bytes, now, feed_);
  if (decoder.counters().frames_good == before) return;
  keeper_.confirm();
  silent_at_ = now + driver_.silence_max();
  feed_.link_up();
}

void StreamLoop::on_lost(std::string_view why, MonoTime now) {
  driver_.decoder().end(feed_);
  silent_at_ = kNever;
  if (feed_.link_down(why, now)) counters_at_ = now;
}

void StreamLoop::on_timers(MonoTime now) {
  if (now >= silent_at_) {
    // Told once; a line that stays silent stays open, for the device may only be switched off.
    silent_at_ = kNever;
    driver_.decoder().end(feed_);
    if (feed_.link_down("the port is open, but no valid data arrives", now)) counters_at_ = now;
    if (keeper_.port() != nullptr && keeper_.port()->reopens_when_silent()) keeper_.give_up(now);
  }
  if (now >= heartbeat_at_) {
    core_.heartbeat();
    heartbeat_at_ = now + kHeartbeatEvery;
  }
  if (now >= counters_at_) {
    feed_.counters(driver_.decoder().counters());
    counters_at_ = now + kCountersEvery;
  }
}

MonoTime StreamLoop::deadline() const {
  return std::min({heartbeat_at_, counters_at_, silent_at_, keeper_.deadline()});
}

}  // namespace lamplight::sdk
