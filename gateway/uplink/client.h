// One life of one MQTT connection, as the supervisor sees it: it can be asked to do things, never
// waits, and answers with events on a queue. paho_client.cc is the real one; tests have a fake.
// Supervisor thread only. Destroying a client ends its connection; its events may still stand in
// the queue and are known by their generation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/uplink/messages.h"
#include "rules/model/result.h"

namespace lamplight::uplink {

struct ClientEvent {
  enum class What : uint8_t {
    accepted,        // CONNACK said yes
    connect_failed,  // ask connect_failure()
    ended,           // the connection is gone; `code`: reason of the broker's DISCONNECT, or 0
    acknowledged,    // PUBACK, or QoS 0 written; `ticket`
    publish_failed,  // `ticket`, `code`
    subscribed,
    subscribe_failed,  // `code`
    arrived,           // `message`
    disconnected,      // our own disconnect() is done
  };
  Conn conn = Conn::live;
  uint32_t generation = 0;
  What what = What::ended;
  uint64_t ticket = 0;
  int code = 0;
  Arrived message = {};
};

// Why a connection could not be made; decides the schedule and what the core is told.
struct ConnectFailure {
  enum class Kind : uint8_t { unreachable, kicked, refused, certificate };
  Kind kind = Kind::unreachable;
  int code = 0;      // of CONNACK
  std::string text;  // the library's own words, for the log
};

class Client {
 public:
  virtual ~Client() = default;
  // Each starts something whose end comes as an event. A failure here is the same trouble.
  [[nodiscard]] virtual Status connect() = 0;
  [[nodiscard]] virtual Status subscribe(const std::string& topic) = 0;
  [[nodiscard]] virtual Status publish(const Publish& message, uint64_t ticket) = 0;
  [[nodiscard]] virtual Status disconnect() = 0;
  // After connect_failed. May take as long as one try to reach the broker's port on a LAN.
  virtual ConnectFailure connect_failure() = 0;
};

class ClientFactory {
 public:
  virtual ~ClientFactory() = default;
  // Once, before the first make().
  virtual void configure(const Configure& configure) = 0;
  // What the live connection must ask for after every accepted connect.
  virtual const std::vector<std::string>& topics() const = 0;
  // Only when the connection's client before is destroyed.
  [[nodiscard]] virtual Result<std::unique_ptr<Client>> make(Conn conn, uint32_t generation) = 0;
};

}  // namespace lamplight::uplink
