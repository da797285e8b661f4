#include "gateway/supervisor.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/child_process.h"
#include "gateway/command_meter.h"
#include "gateway/json_object.h"
#include "gateway/outbox_channel.h"
#include "gateway/restart_policy.h"
#include "rules/model/json_writer.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight {
namespace {

using core::ChildState;

constexpr Duration kHeartbeat = seconds(1);
constexpr Duration kDriverMissed = seconds(5);
constexpr Duration kUplinkMissed = seconds(10);
constexpr Duration kKillGrace = milliseconds(500);
constexpr Duration kLateLoop = seconds(3);
constexpr size_t kOutboxBytes = 8 * 1024 * 1024;
constexpr int kDatagramsPerTurn = 256;  // then others have their turn
constexpr char kHeartbeatJson[] = R"({"type":"heartbeat"})";

// 5 s, or 2 x the driver's longest timeout + 1 s if that is larger: a bus driver may block for
// one request, and it is not dead while it does.
Duration missed_limit(const config::PortKeys& port) {
  Duration longest;
  for (const config::Option& option : port.options) {
    if (option.key != "timeout" && option.key != "probe_timeout") continue;
    const std::string_view json = option.json;
    if (json.size() < 2) continue;
    const auto length = config::parse_duration(json.substr(1, json.size() - 2));
    if (length) longest = std::max(longest, *length);
  }
  return std::max(kDriverMissed, longest * 2 + seconds(1));
}

std::vector<std::string> driver_command(const config::PortKeys& port,
                                        const config::Path& programs) {
  if (!port.is_built_in) return {port.driver, "run"};
  return {(programs / "lamplight-driver").string(), "run", port.driver};
}

}  // namespace

struct Supervisor::Child {
  enum class State : uint8_t { waiting, running, ending };  // ending: killed, not yet reaped

  Child(std::string its_name, std::vector<std::string> its_command, Duration its_missed,
        uint64_t number)
      : name(std::move(its_name)),
        command(std::move(its_command)),
        missed(its_missed),
        policy(number + 1),
        key(number) {}

  std::string name;
  std::vector<std::string> command;
  Duration missed;
  RestartPolicy policy;
  uint64_t key;
  const config::PortKeys* port = nullptr;  // none: the uplink
  std::vector<OwnDevice> devices;
  State state = State::waiting;
  MonoTime start_at;          // while waiting
  MonoTime kill_at = kNever;  // while ending: not killed yet, if it is still there by then
  pid_t pid = -1;
  OutboxChannel out;
  std::optional<DriverSession> session;
  bool uplink_welcome = false;
  CommandMeter commands;  // of the uplink, and of all its processes together
  MonoTime started, last_heard, next_beat;
  bool failing_told = false;
  bool flooding_told = false;
  uint64_t dropped_before = 0;  // of earlier processes
  std::string last_end;

  bool is_uplink() const { return port == nullptr; }
  uint64_t dropped_samples() const { return dropped_before + (session ? session->dropped() : 0); }
  bool is_welcome() const { return session ? session->is_welcome() : uplink_welcome; }
};

std::vector<OwnDevice> Supervisor::devices_of(const config::Config& config) {
  std::vector<OwnDevice> devices;
  for (const config::PortKeys& port : config.ports) {
    for (const config::DeviceKeys& device : port.devices) {
      devices.push_back({static_cast<DeviceNumber>(devices.size() + 1), device.id, device.role});
    }
  }
  return devices;
}

Supervisor::Supervisor(const config::Config& config, const config::Path& programs, std::string boot,
                       SupervisorSink& sink)
    : config_(config), sink_(sink), boot_(std::move(boot)), buffer_(limits::kDatagramMax + 1) {
  const std::vector<OwnDevice> all = devices_of(config);
  size_t next = 0;
  for (const config::PortKeys& port : config.ports) {
    auto child = std::make_unique<Child>(port.name, driver_command(port, programs),
                                         missed_limit(port), children_.size());
    child->port = &port;
    for (size_t i = 0; i < port.devices.size(); ++i) child->devices.push_back(all[next++]);
    children_.push_back(std::move(child));
  }
  if (config.broker) {
    const std::string program = (programs / "lamplight-uplink").string();
    children_.push_back(std::make_unique<Child>("uplink", std::vector{program, std::string("run")},
                                                kUplinkMissed, children_.size()));
    uplink_ = children_.back().get();
  }
}

Supervisor::~Supervisor() {
  for (const auto& child : children_) {
    if (child->pid > 0) ::kill(child->pid, SIGKILL);
  }
}

void Supervisor::start() {
  for (const auto& child : children_) start_child_now(*child);
}

int Supervisor::poll_fd() const { return poller_.fd(); }

void Supervisor::start_child_now(Child& child) {
  const MonoTime now = sink_.now();
  child.policy.started(now);
  child.started = child.last_heard = child.next_beat = now;
  child.next_beat = now + kHeartbeat;
  auto process = start_child(child.command);
  if (!process) {
    ended(child, process.error());
    return;
  }
  child.state = Child::State::running;
  child.pid = process->pid;
  child.out = OutboxChannel(std::move(process->channel), kOutboxBytes);
  child.uplink_welcome = false;
  poller_.add(child.out.fd(), child.key);
  sink_.input(core::ChildChange{child.name, ChildState::started, child.last_end, 0});
  if (child.port != nullptr) {
    if (child.session) child.dropped_before += child.session->dropped();
    child.session.emplace(*child.port, child.devices, boot_);
    send(child, child.session->configure_json());
  } else {
    send(child, sink_.uplink_configure());
  }
}

void Supervisor::on_ready() {
  for (const Poller::Event& event : poller_.wait({})) {
    Child& child = *children_[event.key];
    if (child.state != Child::State::running) continue;
    if (event.writable) {
      if (!child.out.flush()) {
        end(child, "its connection broke");
        continue;
      }
      poller_.want_write(child.out.fd(), child.key, child.out.has_waiting());
    }
    hear_all(child);
  }
}

void Supervisor::hear_all(Child& child) {
  for (int i = 0; i < kDatagramsPerTurn && child.state == Child::State::running; ++i) {
    const wire::Received received = child.out.channel().receive(buffer_);
    if (received.transfer == wire::Transfer::would_block) return;
    if (received.transfer != wire::Transfer::done) {
      // Most likely it is dying: how is known in a moment, and then said.
      end(child, "it closed its connection", /*at_once=*/false);
      return;
    }
    const MonoTime now = sink_.now();
    child.last_heard = now;
    if (child.session) {
      hear_driver(child, now, received.datagram);
    } else {
      hear_uplink(child, received.datagram);
    }
  }
}

void Supervisor::hear_driver(Child& child, MonoTime now, wire::Bytes datagram) {
  DriverSession::Heard heard = child.session->hear(now, datagram);
  if (!heard.log.empty()) sink_.log(heard.log_level, child.name + ": " + heard.log);
  if (!heard.reply.empty()) send(child, heard.reply);
  if (heard.end) {
    end(child, "it " + *heard.end);
    return;
  }
  if (!heard.samples.empty()) sink_.input(core::SamplesIn{heard.device, heard.samples});
  if (heard.fact) sink_.input(*std::move(heard.fact));
  if (child.session->is_flooding(now) && !child.flooding_told) note_flood(child, now);
}

void Supervisor::hear_uplink(Child& child, wire::Bytes datagram) {
  const auto message = wire::decode(datagram);
  if (!message || message->type != wire::MessageType::json) {
    end(child, "it broke the wire format");
    return;
  }
  const auto object = JsonObject::parse(message->json);
  const std::string type = object ? object->text("type") : "";
  if (type == "heartbeat") return;
  if (type == "hello") {
    const auto versions = object->integers("wire");
    if (versions.empty() || versions.front() != wire::kVersionMajor) {
      send(child, R"({"type":"refused","reason":"wire version"})");
      end(child, "it speaks another wire version");
      return;
    }
    child.uplink_welcome = true;
    send(child, R"({"type":"welcome","boot":")" + boot_ + R"(","devices":{},"signals":{}})");
  } else if (type == "log") {
    sink_.log(LogLevel::info, "uplink: " + std::string(cut_text(object->text("text"), 500)));
  } else if (type == "command") {
    // `stored` costs neither ring nor record: it is the answer to what we published.
    const bool is_metered = object->text("topic") != "stored";
    if (is_metered && !take_command(child, object->text("payload"))) return;
    sink_.uplink_said(message->json);
  } else if (type == "link" || type == "published") {
    sink_.uplink_said(message->json);
  } else {
    send(child, R"({"type":"refused","reason":"not for the uplink to say"})");
  }
}

// What is dropped is counted, and told by the next heartbeat's note_flood().
bool Supervisor::take_command(Child& uplink, std::string_view payload) {
  const auto command = JsonObject::parse(payload);
  const bool is_acknowledgement = command && command->text("type") == "acknowledge";
  return uplink.commands.take(sink_.now(), is_acknowledgement, payload.size());
}

void Supervisor::send(Child& child, std::string_view json) {
  if (child.state != Child::State::running) return;
  const bool had_waiting = child.out.has_waiting();
  if (const auto sent = child.out.send(json); !sent) {
    if (sent.error().is_fatal) return end(child, "it " + std::string(sent.error().why));
    // Ours to answer for, not the child's: one message is lost, and the log says which kind.
    const std::string words =
        "a message for " + child.name + " was not fit to be sent: " + std::string(sent.error().why);
    if (const auto line = logged_.say(sink_.now(), words)) sink_.log(LogLevel::error, *line);
    return;
  }
  if (child.out.has_waiting() != had_waiting) {
    poller_.want_write(child.out.fd(), child.key, child.out.has_waiting());
  }
}

void Supervisor::send_uplink(std::string_view json) {
  if (uplink_ != nullptr) send(*uplink_, json);
}

// From here on its devices are not watched, whatever the process still does.
void Supervisor::end(Child& child, const std::string& why, bool at_once) {
  if (child.state != Child::State::running) return;
  child.state = Child::State::ending;
  child.kill_at = at_once ? kNever : sink_.now() + kKillGrace;
  poller_.remove(child.out.fd());
  child.out.close();
  if (at_once) ::kill(child.pid, SIGKILL);
  child.last_end = why;
  if (stopping_) return;
  sink_.log(LogLevel::warn, child.name + " was ended: " + why);
  sink_.input(core::ChildChange{child.name, ChildState::died, why, 0});
}

void Supervisor::on_child_ended() {
  int status = 0;
  for (;;) {
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    for (const auto& child : children_) {
      if (child->pid != pid) continue;
      if (child->state == Child::State::running) {
        hear_all(*child);  // what it said before it died is as true as ever
        end(*child, "it " + describe_exit(status), /*at_once=*/false);
      }
      const bool killed = child->kill_at == kNever;
      ended(*child, killed ? child->last_end : "it " + describe_exit(status));
    }
  }
}

// The process is gone: the port is free, so the next start can be planned.
void Supervisor::ended(Child& child, const std::string& why) {
  const MonoTime now = sink_.now();
  child.pid = -1;
  child.state = Child::State::waiting;
  child.last_end = why;
  child.start_at = child.policy.died(now);
  if (stopping_ || child.failing_told || !child.policy.is_failing(now)) return;
  child.failing_told = true;
  sink_.log(LogLevel::error, child.name + " keeps dying: " + why);
  sink_.input(core::ChildChange{child.name, ChildState::failing, why, 0});
}

void Supervisor::note_flood(Child& child, MonoTime now) {
  const bool flooding = child.is_uplink() ? child.commands.is_flooding(now)
                                          : child.session && child.session->is_flooding(now);
  if (flooding == child.flooding_told) return;
  child.flooding_told = flooding;
  const uint64_t dropped = child.is_uplink() ? child.commands.dropped() : child.dropped_samples();
  const ChildState state = flooding ? ChildState::flooding : ChildState::flood_over;
  sink_.log(LogLevel::warn, child.name + (flooding ? " floods" : " floods no more") + ": " +
                                std::to_string(dropped) +
                                (child.is_uplink() ? " commands" : " samples") + " dropped so far");
  sink_.input(core::ChildChange{child.name, state,
                                child.is_uplink() ? "commands come faster than they are taken"
                                                  : "more than 20,000 samples a second",
                                dropped});
}

void Supervisor::tend(Child& child, MonoTime now) {
  if (child.state == Child::State::waiting && now >= child.start_at) start_child_now(child);
  if (child.failing_told && !child.policy.is_failing(now)) {
    child.failing_told = false;
    sink_.input(core::ChildChange{child.name, ChildState::steady, "", 0});
  }
  if (child.state == Child::State::ending && now >= child.kill_at) {
    child.kill_at = kNever;
    ::kill(child.pid, SIGKILL);
  }
  if (child.state != Child::State::running) return;
  if (now - child.last_heard > child.missed) return end(child, "its heartbeat was missed");
  if (!child.is_welcome() && now - child.started > child.missed) {
    return end(child, "it never said hello");
  }
  if (now < child.next_beat) return;
  child.next_beat = now + kHeartbeat;
  send(child, kHeartbeatJson);
  note_flood(child, now);
}

void Supervisor::on_time() {
  if (stopping_) return;
  const MonoTime now = sink_.now();
  if (now - last_tended_ > kLateLoop) {
    // The box slept or the loop was held up: the silence was ours, not theirs.
    for (const auto& child : children_) child->last_heard = now;
  }
  last_tended_ = now;
  for (const auto& child : children_) tend(*child, sink_.now());
}

MonoTime Supervisor::next_due() const {
  MonoTime due = kNever;
  if (stopping_) return due;
  for (const auto& child : children_) {
    if (child->state == Child::State::waiting) due = std::min(due, child->start_at);
    if (child->state == Child::State::running) due = std::min(due, child->next_beat);
    if (child->state == Child::State::ending) due = std::min(due, child->kill_at);
  }
  return due;
}

void Supervisor::restart_all(const std::string& why) {
  for (const auto& child : children_) end(*child, why);
}

void Supervisor::restart_uplink(const std::string& why) {
  if (uplink_ != nullptr) end(*uplink_, why);
}

void Supervisor::begin_stop() {
  stopping_ = true;
  for (const auto& child : children_) {
    if (child.get() != uplink_ && child->state == Child::State::running) {
      end(*child, "lamplightd stops");
    }
  }
}

bool Supervisor::is_stopped() const {
  return std::all_of(children_.begin(), children_.end(),
                     [](const auto& child) { return child->state == Child::State::waiting; });
}

std::string Supervisor::links_json(MonoTime now) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("links").begin_array();
  for (const auto& child : children_) {
    const bool running = child->state == Child::State::running;
    json.begin_object().key("name").string(child->name);
    json.key("kind").string(child->port == nullptr ? "uplink" : "driver");
    json.key("driver").string(child->port == nullptr ? "" : child->port->driver);
    json.key("at").string(child->port == nullptr ? "" : config::to_string(child->port->address));
    json.key("state").string(!running              ? "restarting"
                             : child->is_welcome() ? "running"
                                                   : "starting");
    json.key("pid").integer(child->pid);
    json.key("for_ms").integer((now - child->started).ms());
    json.key("deaths").integer(static_cast<int64_t>(child->policy.deaths()));
    json.key("failing").boolean(child->failing_told);
    json.key("flooding").boolean(child->flooding_told);
    const auto& session = child->session;
    json.key("refused_messages")
        .integer(session ? static_cast<int64_t>(session->refused_messages()) : 0);
    json.key("refused_samples")
        .integer(session ? static_cast<int64_t>(session->refused_samples()) : 0);
    json.key("dropped_samples").integer(static_cast<int64_t>(child->dropped_samples()));
    json.key("dropped_commands").integer(static_cast<int64_t>(child->commands.dropped()));
    json.key("last_end").string(child->last_end).end_object();
  }
  json.end_array().end_object();
  return text;
}

}  // namespace lamplight
