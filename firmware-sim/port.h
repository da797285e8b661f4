// A simulated connector: a pseudo-terminal, an existing terminal, or a TCP listener. It moves
// bytes and can be unplugged; what the bytes mean is the line's business. A reader that goes
// away, crashes or stops reading never ends or blocks the simulator.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "firmware-sim/device.h"
#include "firmware-sim/loop.h"
#include "rules/model/result.h"

namespace lamplight::sim {

enum class Sent : uint8_t { written, nobody_listens, not_taken, unplugged };
constexpr std::string_view name_of(Sent s) {
  switch (s) {
    case Sent::written:
      return "written";
    case Sent::nobody_listens:
      return "nobody_listens";
    case Sent::not_taken:
      return "not_taken";
    case Sent::unplugged:
      return "unplugged";
  }
  return "unplugged";
}

class PortUser {
 public:
  virtual ~PortUser() = default;
  virtual void received(Peer peer, std::span<const uint8_t> bytes) = 0;
  virtual void peer_came(Peer peer) = 0;
  virtual void peer_left(Peer peer) = 0;
};

class Port {
 public:
  virtual ~Port() = default;
  [[nodiscard]] virtual Status plug() = 0;
  virtual void unplug() = 0;
  virtual bool is_plugged() const = 0;
  // All of it, or as much as the other side takes; the rest is lost, as on a wire.
  virtual Sent write(Peer peer, std::span<const uint8_t> bytes) = 0;
  // "serial:/dev/pts/5", "tcp:127.0.0.1:40123"
  virtual std::string address() const = 0;
  virtual bool is_serial() const = 0;
  // From now on another line hears what arrives here.
  virtual void deliver_to(PortUser& user) = 0;
};

// `link`: a stable symbolic link to the pseudo-terminal, or nothing.
std::unique_ptr<Port> make_pty_port(Loop& loop, PortUser& user, std::string link);
// The simulator's end of a terminal that somebody else made.
std::unique_ptr<Port> make_terminal_port(Loop& loop, PortUser& user, std::string path);
// "lines:PATH": the modem lines of a serial adapter.
std::unique_ptr<Port> make_lines_port(Loop& loop, PortUser& user, std::string path);
// "hid:PATH": a HID device, one 64-byte report a datagram.
std::unique_ptr<Port> make_hid_port(Loop& loop, PortUser& user, std::string path);
// Port 0: any free one, kept when unplugged and plugged again.
std::unique_ptr<Port> make_tcp_port(Loop& loop, PortUser& user, std::string host, uint16_t port);

}  // namespace lamplight::sim
