// Starts, watches and restarts the child processes: a driver for each port, and the uplink. It
// decides when a child has to die (missed heartbeats, a broken wire, a flood) and when it starts
// again; what children say goes to the sink in the order it came. Core thread only. Numbers:
// gateway design, sections 1-3.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/core/input.h"
#include "gateway/driver_session.h"
#include "gateway/log.h"
#include "gateway/once_a_minute.h"
#include "gateway/poller.h"

namespace lamplight {

// Who hears the children. input() may come from within send_uplink(), when the uplink turns out
// to be gone: whoever is busy with an input then puts it aside until that is done.
class SupervisorSink {
 public:
  SupervisorSink() = default;
  virtual ~SupervisorSink() = default;
  SupervisorSink(const SupervisorSink&) = delete;
  SupervisorSink& operator=(const SupervisorSink&) = delete;

  virtual void input(const core::Input& input) = 0;
  virtual void uplink_said(std::string_view json) = 0;
  // The first message of a new uplink.
  virtual std::string uplink_configure() = 0;
  virtual void log(LogLevel level, std::string text) = 0;
  virtual MonoTime now() = 0;  // strictly rising
};

class Supervisor {
 public:
  // `config` and `sink` must outlive it. `programs`: the directory of lamplight-driver and
  // lamplight-uplink.
  Supervisor(const config::Config& config, const config::Path& programs, std::string boot,
             SupervisorSink& sink);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void start();
  int poll_fd() const;
  void on_ready();        // poll_fd() is readable
  void on_child_ended();  // after SIGCHLD
  void on_time();         // at or after next_due()
  MonoTime next_due() const;

  void send_uplink(std::string_view json);

  // For a core that begins anew: what children say only once must be said again.
  void restart_all(const std::string& why);
  void restart_uplink(const std::string& why);

  // Drivers end at once; the uplink may finish (it was told). True when nobody runs any more.
  void begin_stop();
  bool is_stopped() const;

  // {"links":[…]} for people: every child, its state and what it was refused.
  std::string links_json(MonoTime now) const;

  // Devices as the configuration orders them, numbered from 1.
  static std::vector<OwnDevice> devices_of(const config::Config& config);

 private:
  struct Child;
  void start_child_now(Child& child);
  void hear_all(Child& child);
  void hear_driver(Child& child, MonoTime now, wire::Bytes datagram);
  void hear_uplink(Child& child, wire::Bytes datagram);
  bool take_command(Child& uplink, std::string_view payload);
  void send(Child& child, std::string_view json);
  void end(Child& child, const std::string& why, bool at_once = true);
  void ended(Child& child, const std::string& why);
  void tend(Child& child, MonoTime now);
  void note_flood(Child& child, MonoTime now);

  const config::Config& config_;
  SupervisorSink& sink_;
  std::string boot_;
  Poller poller_;
  std::vector<std::unique_ptr<Child>> children_;
  Child* uplink_ = nullptr;
  std::vector<uint8_t> buffer_;
  OnceAMinute logged_;
  bool stopping_ = false;
  MonoTime last_tended_;
};

}  // namespace lamplight
