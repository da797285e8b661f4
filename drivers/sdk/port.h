// A byte stream to a device: a serial line or a TCP connection. Never blocks once it is open.
// Whoever owns it polls fd() for events(); "unplugged" and "closed by the other end" are one
// answer, because what follows is the same: close, back off, open again.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/sdk/port_address.h"
#include "rules/model/result.h"

namespace lamplight::sdk {

enum class PortState : uint8_t { data, nothing, lost };

struct PortInput {
  PortState state = PortState::nothing;
  size_t bytes = 0;
  std::string why;  // when lost
};

class Port {
 public:
  Port() = default;
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  virtual int fd() const = 0;
  // A connection still being made: poll for POLLOUT, then finish_opening(). After it the port may
  // still be opening, another way and with another fd().
  virtual bool is_opening() const { return false; }
  [[nodiscard]] virtual Status finish_opening() { return {}; }
  // Nobody answered in time: tries the next way. An error if there is none left.
  [[nodiscard]] virtual Status open_another_way() { return failure("no answer to the connection"); }
  virtual PortInput read(std::span<uint8_t> buffer) = 0;
  // All or nothing, without waiting; for the few short commands there are.
  [[nodiscard]] virtual Status write(std::span<const uint8_t> bytes) = 0;
  // A connection may be dead without a sign: open it again when the device is silent.
  virtual bool reopens_when_silent() const { return false; }
  // What the opener should tell people though the port works; empty if nothing.
  virtual std::string warning() const { return {}; }
};

// The error is for people: what failed, and who owns the port when it is busy. A host name that
// is no number is looked up, which may block as long as the system's resolver does.
[[nodiscard]] Result<std::unique_ptr<Port>> open_port(const PortAddress& address);

// The three ways of it.
[[nodiscard]] Result<std::unique_ptr<Port>> open_serial(const SerialAddress& address);
[[nodiscard]] Result<std::unique_ptr<Port>> open_tcp(const TcpAddress& address);
[[nodiscard]] Result<std::unique_ptr<Port>> open_hid(const HidAddress& address);

// One address of a host, as the system's calls take it.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t length = 0;
};
// Connects to the first of them that takes the connection, one after the other. Not empty.
[[nodiscard]] Result<std::unique_ptr<Port>> connect_tcp(std::vector<SocketAddress> addresses,
                                                        std::string name);

}  // namespace lamplight::sdk
