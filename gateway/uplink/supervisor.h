// The supervisor thread: the only one that creates, uses and destroys MQTT clients. It takes what
// the core said and what the library's callbacks queued, and lets the two connections act. It
// waits for its inbox and its deadlines and nothing else, at most a second at a time, so
// last_turn() tells whether it is stuck inside the library.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "gateway/uplink/connection.h"
#include "gateway/uplink/inbox.h"
#include "gateway/uplink/log.h"

namespace lamplight::uplink {

class Supervisor : private Report {
 public:
  // All must outlive it. `seed` differs from box to box.
  Supervisor(Inbox& inbox, Outbox& outbox, ClientFactory& factory, Log& log, uint64_t seed);

  // Until the goodbye is said; then an empty text stands in the outbox. The thread's function.
  void run();

  // Any thread: when it last came round.
  MonoTime last_turn() const { return {last_turn_ns_.load(std::memory_order_relaxed)}; }

 private:
  void turn(MonoTime now);
  void on_core(MonoTime now, FromCore message);
  void configure(MonoTime now, const Configure& configure);
  Connection& of(Conn conn) { return conn == Conn::live ? live_ : backlog_; }

  void log_now_and_then(uint64_t count, const std::string& what);

  void tell(std::string message) override;
  void command(const Arrived& arrived) override;
  void log(const std::string& line) override;

  Inbox& inbox_;
  Outbox& outbox_;
  ClientFactory& factory_;
  Log& log_;
  Connection live_;
  Connection backlog_;
  std::atomic<int64_t> last_turn_ns_;
  uint64_t commands_dropped_ = 0;
  uint64_t strays_ = 0;  // messages on topics that nobody asked for
};

}  // namespace lamplight::uplink
