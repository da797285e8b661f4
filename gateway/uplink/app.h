// lamplight-uplink as a process. Its threads, and this is the whole list:
//   main        reads and writes fd 3, sends the heartbeat; never touches MQTT, never waits for it
//   supervisor  supervisor.h: the only user of the MQTT library
//   two of Paho (send, receive), which run the callbacks of paho_callbacks.h
// The heartbeat is sent only while the supervisor comes round: a library that hangs is seen by
// the core, which kills and restarts this process. It holds nothing that would be lost.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "gateway/uplink/inbox.h"
#include "gateway/uplink/log.h"
#include "gateway/uplink/supervisor.h"

namespace lamplight::uplink {

class App {
 public:
  // `channel` is the connection to the core; `factory` makes clients that answer to `inbox`.
  App(wire::Channel channel, Inbox& inbox, ClientFactory& factory, Log& log, uint64_t seed);
  ~App();

  // The process's exit status: 0 after a goodbye, 1 when refused or misled, or when the core has
  // said nothing for 10 s. When the core is gone it ends the process at once. Both without goodbye,
  // so that the last will speaks.
  int run();

 private:
  enum class Next : uint8_t { go_on, stop_well, stop_badly };

  Next read_core();
  Next take(std::span<const uint8_t> datagram);
  Next on_message(FromCore message);
  Next write_core();
  void beat(MonoTime now);
  bool is_core_silent(MonoTime turn_began, bool listened);
  void queue(std::string text) { to_core_.push_back(std::move(text)); }
  Next complain(const std::string& text);

  wire::Channel channel_;
  Inbox& inbox_;
  Log& log_;
  Outbox outbox_{kToCoreMax};
  Supervisor supervisor_;
  std::thread thread_;
  std::deque<std::string> to_core_;
  std::vector<uint8_t> buffer_;
  MonoTime next_beat_;
  Duration silence_;  // of the core
  bool configured_ = false;
  bool welcome_ = false;
  Configure configure_;
};

}  // namespace lamplight::uplink
