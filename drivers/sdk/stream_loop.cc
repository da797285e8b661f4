#include "drivers/sdk/stream_loop.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "drivers/sdk/clock.h"
#include "drivers/sdk/wait.h"

namespace lamplight::sdk {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

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
    ask(mono_now());
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
  note(wire::BoxKind::opened, now, {});
  silent_at_ = now + driver_.silence_max();
  if (Asker* asker = driver_.asker()) {
    asker->opened(now);
    ask_at_ = now;
  }
  const std::string warning = keeper_.port()->warning();
  if (!warning.empty()) say_log(core_, "warn", warning);
  const std::vector<uint8_t> greeting = driver_.greeting();
  if (!greeting.empty()) say(greeting, now);
}

void StreamLoop::say(Bytes bytes, MonoTime now) {
  const Status written = keeper_.port()->write(bytes);
  if (written) {
    wire::record(box_, wire::BoxKind::wrote, now, bytes);
  } else {
    say_log(core_, "warn", written.error());
  }
}

void StreamLoop::note(wire::BoxKind kind, MonoTime now, std::string_view text) {
  if (box_ != nullptr) box_->record(kind, now, text);
}

void StreamLoop::on_bytes(Bytes bytes, MonoTime now) {
  // Before anything looks at them: a byte that ends the decoder is in the box.
  wire::record(box_, wire::BoxKind::read, now, bytes);
  Decoder& decoder = driver_.decoder();
  const Counters before = decoder.counters();
  decoder.feed(bytes, now, feed_);
  const Counters& after = decoder.counters();
  const bool has_good = after.frames_good != before.frames_good;
  if (Asker* asker = driver_.asker()) {
    asker->heard(now, {.has_good = has_good, .has_bad = after.frames_bad != before.frames_bad});
    ask_at_ = now;
  }
  if (!has_good) return;
  keeper_.confirm();
  silent_at_ = now + driver_.silence_max();
  feed_.link_up(now);
}

void StreamLoop::on_lost(std::string_view why, MonoTime now) {
  note(wire::BoxKind::lost, now, why);
  driver_.decoder().end(feed_);
  silent_at_ = kNever;
  ask_at_ = kNever;
  if (feed_.link_down(why, now)) counters_at_ = now;
}

void StreamLoop::on_silence(MonoTime now) {
  // Told once; a line that stays silent stays open, for the device may only be switched off.
  silent_at_ = kNever;
  note(wire::BoxKind::lost, now, "silent");
  driver_.decoder().end(feed_);
  if (feed_.link_down("the port is open, but no valid data arrives", now)) counters_at_ = now;
  if (keeper_.port() == nullptr || !keeper_.port()->reopens_when_silent()) return;
  ask_at_ = kNever;
  keeper_.give_up(now);
}

void StreamLoop::ask(MonoTime now) {
  // A device that keeps talking gets its answers over several turns of the loop.
  constexpr int kRequestsAtOnce = 8;
  for (int i = 0; i < kRequestsAtOnce && now >= ask_at_; ++i) {
    Asker& asker = *driver_.asker();
    const AskTurn turn = asker.turn(now);
    ask_at_ = turn.request ? now : turn.next;
    if (turn.request) say(bytes_of(asker.requests()[*turn.request]), now);
    if (turn.is_lost) on_silence(now);
  }
}

void StreamLoop::on_timers(MonoTime now) {
  if (now >= silent_at_) on_silence(now);
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
  return std::min({heartbeat_at_, counters_at_, silent_at_, ask_at_, keeper_.deadline()});
}

}  // namespace lamplight::sdk
