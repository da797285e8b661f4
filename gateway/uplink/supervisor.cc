#include "gateway/uplink/supervisor.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "gateway/uplink/clock.h"

namespace lamplight::uplink {
namespace {

constexpr Duration kLongestWait = milliseconds(500);

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

Supervisor::Supervisor(Inbox& inbox, Outbox& outbox, ClientFactory& factory, Log& log,
                       uint64_t seed)
    : inbox_(inbox),
      outbox_(outbox),
      factory_(factory),
      log_(log),
      live_(Conn::live, factory, *this, seed),
      backlog_(Conn::backlog, factory, *this, seed + 2),
      last_turn_ns_(now().ns) {}

void Supervisor::run() {
  while (!live_.is_gone() || !backlog_.is_gone()) {
    const MonoTime before = now();
    last_turn_ns_.store(before.ns, std::memory_order_relaxed);
    const MonoTime until = std::min({live_.deadline(), backlog_.deadline(), before + kLongestWait});
    pollfd wake{.fd = inbox_.fd(), .events = POLLIN, .revents = 0};
    // Rounded up: a deadline that is not quite reached would spin.
    const auto wait_ms = until <= before ? 0 : (until - before).ms() + 1;
    ::poll(&wake, 1, static_cast<int>(wait_ms));
    turn(now());
  }
  tell("");
}

void Supervisor::turn(MonoTime now) {
  for (auto& item : inbox_.take_all()) {
    if (auto* event = std::get_if<ClientEvent>(&item)) {
      of(event->conn).on_event(now, *event);
    } else {
      on_core(now, std::get<FromCore>(std::move(item)));
    }
  }
  live_.tick(now);
  backlog_.allow(now, live_.is_proven());
  backlog_.tick(now);
}

void Supervisor::on_core(MonoTime now, FromCore message) {
  std::visit(Overloaded{
                 [&](const Configure& m) { configure(now, m); },
                 [&](Publish& m) { of(m.conn).publish(now, std::move(m)); },
                 [&](const Clock& m) {
                   live_.clock_older(m.older);
                   backlog_.clock_older(m.older);
                 },
                 [&](const Urgent& m) {
                   live_.urgent(now, m.waiting);
                   backlog_.urgent(now, m.waiting);
                 },
                 [&](const Offline& m) {
                   backlog_.go_offline(now, nullptr);
                   live_.go_offline(now, &m);
                 },
                 // The main thread's business.
                 [](const Welcome&) {},
                 [](const Refused&) {},
                 [](const Heartbeat&) {},
             },
             message);
}

void Supervisor::configure(MonoTime now, const Configure& configure) {
  if (configure.insecure && !is_loopback(configure.host)) {
    log("plain TCP is for a broker on this box only: nothing is published");
    tell(link(Conn::live, LinkState::refused, 0, "insecure"));
    return;
  }
  factory_.configure(configure);
  live_.clock_older(configure.clock_older);
  backlog_.clock_older(configure.clock_older);
  live_.allow(now, true);
}

void Supervisor::tell(std::string message) {
  if (outbox_.push(std::move(message))) return;
  // The core has not read for thousands of messages and would miss acknowledgements for good:
  // begin again, as after kill -9.
  log("the core does not read; giving up");
  std::_Exit(1);
}

void Supervisor::command(const Arrived& arrived) {
  // A broker may send whatever it likes: of any home, or with a topic that is no text.
  const std::vector<std::string>& topics = factory_.topics();
  if (std::find(topics.begin(), topics.end(), arrived.topic) == topics.end()) {
    return log_now_and_then(++strays_, "messages dropped: on topics that were not asked for");
  }
  if (outbox_.push(uplink::command(arrived), kCommandsToCoreMax)) return;
  log_now_and_then(++commands_dropped_, "commands dropped: they come faster than they are read");
}

// Once each time the number has doubled: the log says it, and is not flooded by it.
void Supervisor::log_now_and_then(uint64_t count, const std::string& what) {
  if ((count & (count - 1)) == 0) log(std::to_string(count) + " " + what);
}

void Supervisor::log(const std::string& line) { log_.line(line); }

}  // namespace lamplight::uplink
