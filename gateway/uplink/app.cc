#include "gateway/uplink/app.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "drivers/sdk/wire/codec.h"
#include "gateway/uplink/clock.h"
#include "rules/model/limits.h"

namespace lamplight::uplink {
namespace {

constexpr Duration kBeatEvery = seconds(1);
// Longer than the supervisor may take over its own waits; shorter than the core's patience.
constexpr Duration kStuckAfter = seconds(3);
// The core beats every second. One that hangs looks alive outside for as long as we hold its place.
constexpr Duration kCoreSilentMax = seconds(10);
// What one turn may add to that: more of it is a sleep of ours, or of the whole box.
constexpr Duration kTurnMax = seconds(2);

}  // namespace

App::App(wire::Channel channel, Inbox& inbox, ClientFactory& factory, Log& log, uint64_t seed)
    : channel_(std::move(channel)),
      inbox_(inbox),
      log_(log),
      supervisor_(inbox, outbox_, factory, log, seed),
      buffer_(limits::kDatagramMax) {}

App::~App() {
  if (!thread_.joinable()) return;
  // Only on our way out after a refusal. Say no goodbye that nobody asked for.
  std::_Exit(1);
}

int App::run() {
  Next next = Next::go_on;
  next_beat_ = now();
  while (next == Next::go_on) {
    const MonoTime before = now();
    if (before >= next_beat_) beat(before);
    short interest = to_core_.empty() ? 0 : POLLOUT;
    if (inbox_.size() < kFromCoreMax) interest |= POLLIN;
    pollfd waits[2] = {
        {.fd = channel_.fd(), .events = interest, .revents = 0},
        {.fd = to_core_.empty() ? outbox_.fd() : -1, .events = POLLIN, .revents = 0}};
    ::poll(waits, 2, static_cast<int>((next_beat_ - before).ms()) + 1);
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) next = read_core();
    if (is_core_silent(before, (interest & POLLIN) != 0)) {
      next = complain("the core has said nothing for 10 s: ending without goodbye");
    }
    if (next == Next::go_on) next = write_core();
  }
  if (next == Next::stop_badly) return 1;
  thread_.join();
  return 0;
}

void App::beat(MonoTime now) {
  next_beat_ = now + kBeatEvery;
  const bool is_stuck = thread_.joinable() && now - supervisor_.last_turn() > kStuckAfter;
  if (configured_ && !is_stuck) queue(heartbeat());
  log_.tell_lost();
}

// Counted turn by turn, each after we have listened, and anew with every datagram.
bool App::is_core_silent(MonoTime turn_began, bool listened) {
  if (listened) silence_ = silence_ + std::min(now() - turn_began, kTurnMax);
  return silence_ >= kCoreSilentMax;
}

App::Next App::read_core() {
  for (int i = 0; i < 64; ++i) {
    const wire::Received got = channel_.receive(buffer_);
    switch (got.transfer) {
      case wire::Transfer::would_block:
        return Next::go_on;
      case wire::Transfer::closed:
      case wire::Transfer::broken:
        std::_Exit(0);
      case wire::Transfer::done:
        break;
    }
    silence_ = Duration{};
    const Next next = take(got.datagram);
    if (next != Next::go_on) return next;
  }
  return Next::go_on;
}

App::Next App::take(std::span<const uint8_t> datagram) {
  const auto message = wire::decode(datagram);
  if (!message) return complain(std::string(wire::name_of(message.error())));
  if (message->type != wire::MessageType::json) return complain("samples are not for the uplink");
  auto parsed = read(message->json);
  if (!parsed) return complain(parsed.error());
  return on_message(std::move(*parsed));
}

App::Next App::on_message(FromCore message) {
  if (auto* configure = std::get_if<Configure>(&message)) {
    if (configured_) return complain("configured twice");
    configured_ = true;
    configure_ = std::move(*configure);
    queue(hello());
    return Next::go_on;
  }
  if (const auto* refused = std::get_if<Refused>(&message)) {
    return complain("refused by the core: " + refused->reason), Next::stop_badly;
  }
  if (std::holds_alternative<Heartbeat>(message)) return Next::go_on;
  if (!configured_) return complain("the core must configure first");
  if (std::holds_alternative<Welcome>(message)) {
    if (welcome_) return Next::go_on;
    welcome_ = true;
    thread_ = std::thread([this] { supervisor_.run(); });
    message = std::move(configure_);
  }
  if (const auto* clock = std::get_if<Clock>(&message); clock != nullptr && !welcome_) {
    configure_.clock_older = clock->older;  // the clock was set while we began
    return Next::go_on;
  }
  if (!welcome_) return complain("the core must say welcome first");
  // Room is certain: we read only below kFromCoreMax, and at most 64 at a time.
  if (!inbox_.push(std::move(message))) return Next::stop_badly;
  return Next::go_on;
}

App::Next App::complain(const std::string& text) {
  log_.line(text);
  return Next::stop_badly;
}

App::Next App::write_core() {
  std::vector<uint8_t> out(limits::kDatagramMax);
  while (true) {
    if (to_core_.empty()) to_core_ = outbox_.take_all();
    if (to_core_.empty()) return Next::go_on;
    if (to_core_.front().empty()) return Next::stop_well;
    const auto datagram = wire::encode_json(to_core_.front(), out);
    if (!datagram) return complain("a message of ours does not fit the wire");
    switch (channel_.send(*datagram)) {
      case wire::Transfer::done:
        to_core_.pop_front();
        break;
      case wire::Transfer::would_block:
        return Next::go_on;
      case wire::Transfer::closed:
      case wire::Transfer::broken:
        std::_Exit(0);
    }
  }
}

}  // namespace lamplight::uplink
