// The life of one of the two connections: connect, publish in order with a window in flight, and
// on any trouble destroy the client, wait as Reconnect says, and begin a new generation. Decides
// nothing about content and keeps nothing beyond a generation: the core sends again what was not
// published. Given `now`, no clock, no thread of its own; supervisor thread only.
//
//   resting ──try──▶ connecting ──accepted──▶ up ──trouble──▶ resting
//      ▲                  └───────failed───────────────────────┘
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "gateway/uplink/client.h"
#include "gateway/uplink/messages.h"
#include "gateway/uplink/reconnect.h"
#include "rules/model/time.h"

namespace lamplight::uplink {

inline constexpr size_t kWindow = 100;   // publishes in flight per connection
inline constexpr size_t kHeldMax = 400;  // in flight and waiting; the core promises 100
inline constexpr size_t kPayloadMax = 1024 * 1024;
inline constexpr Duration kConnectWait = seconds(4);
inline constexpr Duration kProgressWait = seconds(3);
inline constexpr Duration kGoodbyeWait = seconds(2);
inline constexpr Duration kDisconnectWait = milliseconds(500);
// A large message may need longer on a thin line: what 64 kbit/s carries in a second.
inline constexpr size_t kSlowestBytesPerSecond = 8 * 1024;
static_assert(kHeldMax >= 2 * kWindow);

// Where a connection's news goes; the texts are messages for the core.
class Report {
 public:
  virtual ~Report() = default;
  virtual void tell(std::string message) = 0;
  virtual void command(const Arrived& arrived) = 0;
  virtual void log(const std::string& line) = 0;
};

class Connection {
 public:
  // `factory` and `report` must outlive the connection.
  Connection(Conn conn, ClientFactory& factory, Report& report, uint64_t seed);

  // May it try? The backlog may only while live is proven; when it may not, it goes down.
  void allow(MonoTime now, bool allowed);
  void clock_older(bool older) { clock_older_ = older; }
  void urgent(MonoTime now, bool waiting) { reconnect_.urgent(now, waiting); }

  void publish(MonoTime now, Publish message);
  void on_event(MonoTime now, const ClientEvent& event);
  void tick(MonoTime now);
  MonoTime deadline() const;

  // Retained goodbye if there is one, then disconnect; is_gone() when nothing more can be done.
  void go_offline(MonoTime now, const Offline* goodbye);
  bool is_gone() const { return leaving_ && client_ == nullptr; }

  bool is_up() const { return state_ == State::up; }
  // Up, and the broker has answered since: it did not just accept us to kick us.
  bool is_proven() const { return is_up() && subscribing_ == 0; }
  uint32_t generation() const { return generation_; }

 private:
  enum class State : uint8_t { resting, connecting, up };
  enum class End : uint8_t { outage, rejection, loss };
  struct InFlight {
    uint64_t ticket = 0;
    Receipt receipt;
    size_t bytes = 0;
  };

  void try_connect(MonoTime now);
  void accepted(MonoTime now);
  void connect_failed(MonoTime now);
  void acknowledged(MonoTime now, uint64_t ticket);
  void fill_window(MonoTime now);
  void trouble(MonoTime now, const std::string& why);
  void end(MonoTime now, End how, LinkState state, const std::string& why);
  void say(LinkState state, const std::string& why);
  void send(MonoTime now, const Publish& message);
  void disconnect(MonoTime now);
  void forget_generation();
  void progress(MonoTime now);
  void log_once(LinkState state, const std::string& why);

  const Conn conn_;
  ClientFactory& factory_;
  Report& report_;
  Reconnect reconnect_;
  State state_ = State::resting;
  bool allowed_ = false;
  bool clock_older_ = false;
  size_t subscribing_ = 0;  // SUBACKs not yet there
  bool leaving_ = false;
  uint64_t goodbye_ticket_ = 0;
  uint32_t generation_ = 0;
  uint64_t last_ticket_ = 0;
  MonoTime give_up_ = kNever;  // connecting, or leaving
  MonoTime no_progress_ = kNever;
  std::unique_ptr<Client> client_;
  std::deque<InFlight> in_flight_;
  std::deque<Publish> waiting_;
  std::string parts_;  // of a payload that is not complete
  LinkState said_state_ = LinkState::lost;
  std::string said_why_;
  std::string library_says_;           // about the newest failed try
  std::set<std::string> logged_whys_;  // of this outage
};

}  // namespace lamplight::uplink
