// What core and uplink say to each other, as values: drivers/sdk/wire/messages.md, section
// Uplink. read() is strict about types and lengths and ignores unknown keys; the writers make
// text that fits one datagram. Pure; the JSON library stays in messages.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/model/result.h"

namespace lamplight::uplink {

enum class Conn : uint8_t { live, backlog };
inline constexpr int kConnCount = 2;
std::string_view name_of(Conn conn);

struct Configure {
  std::string home;
  bool mqtt5 = true;
  std::string host;
  uint16_t port = 0;
  bool insecure = false;
  std::string ca, cert, key;  // paths, empty: none
  std::string will_topic, will_payload;
  std::vector<std::string> subscribe;
  bool clock_older = false;
};

// What `published` gives back: exactly the keys that came, as JSON members.
// lane and seq: `"lane":"alarm","seq":7`; token: `"token":"x"`.
struct Receipt {
  std::string json;
};

struct Publish {
  Conn conn = Conn::live;
  uint32_t generation = 0;
  Receipt receipt;
  std::string topic;
  int qos = 1;
  bool retain = false;
  std::optional<uint32_t> expiry_s;
  std::string payload;
  bool more = false;  // only conn, generation and payload count: the rest follows
};

struct Clock {
  bool older = false;
};
struct Urgent {
  bool waiting = false;
};
struct Offline {
  std::string topic, payload;
};
struct Welcome {};
struct Refused {
  std::string reason;
};
struct Heartbeat {};

using FromCore =
    std::variant<Configure, Welcome, Refused, Heartbeat, Publish, Clock, Urgent, Offline>;

// The error is a sentence for the log. An unknown type is an error.
[[nodiscard]] Result<FromCore> read(std::string_view json);

enum class LinkState : uint8_t { connected, lost, refused };
std::string_view name_of(LinkState state);

std::string hello();
std::string heartbeat();
std::string link(Conn conn, LinkState state, uint32_t generation, std::string_view why);
std::string published(Conn conn, uint32_t generation, const Receipt& receipt);

// A message of the care team. `payload` is empty and `size` larger when it was too large.
struct Arrived {
  std::string topic;
  std::string payload;
  bool retained = false;
  bool too_large = false;
  size_t size = 0;
};
std::string command(const Arrived& arrived);

}  // namespace lamplight::uplink
