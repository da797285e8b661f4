#include "gateway/uplink/paho_client.h"

#include <mqtt/async_client.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "gateway/uplink/connection.h"
#include "gateway/uplink/knock.h"
#include "gateway/uplink/paho_callbacks.h"
#include "gateway/uplink/retired.h"

namespace lamplight::uplink {
namespace {

constexpr int kConnectTimeoutS = 2;
constexpr int kKeepAliveS = 5;
constexpr int kKnockMs = 1000;
constexpr int64_t kPacketMax = 1024 * 1024;  // what we let a broker send us at once
// Callbacks of so many clients of a connection are kept after them: at the fastest schedule, half
// a minute's.
constexpr size_t kRetiredMax = 128;

std::string uri_of(const Configure& to) {
  const bool v6 = to.host.find(':') != std::string::npos;
  return (to.insecure ? "tcp://" : "ssl://") + (v6 ? "[" + to.host + "]" : to.host) + ":" +
         std::to_string(to.port);
}

mqtt::create_options create_options_of(const Configure& to) {
  return {to.mqtt5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1, static_cast<int>(2 * kWindow)};
}

// Every exception of the library ends here.
template <class Act>
[[nodiscard]] Status guarded(Act act) {
  try {
    act();
    return {};
  } catch (const std::exception& e) {
    return failure(std::string(e.what()));
  }
}

class PahoClient final : public Client {
 public:
  // `callbacks` must outlive the client.
  PahoClient(const Configure& to, Conn conn, PahoCallbacks& callbacks)
      : to_(to),
        is_live_(conn == Conn::live),
        callbacks_(callbacks),
        client_(uri_of(to), "lamplight-" + to.home + (is_live_ ? "" : "-backlog"),
                create_options_of(to), nullptr) {
    client_.set_callback(callbacks_);
    client_.set_disconnected_handler([&callbacks](const mqtt::properties&, mqtt::ReasonCode why) {
      callbacks.disconnected(why);
    });
    fill_options();
  }

  Status connect() override {
    const std::string unreadable = unreadable_file();
    if (!unreadable.empty()) {
      // Told like any other failed try, so that one schedule serves.
      file_error_ = "cannot read " + unreadable;
      callbacks_.connect_refused_locally();
      return {};
    }
    return guarded([&] { connecting_ = client_.connect(options_, nullptr, callbacks_); });
  }

  // One topic a packet: with several, Paho 1.2.0 + 1.3.12 crashes on MQTT 5, and a refusal of one
  // of them would pass for success.
  Status subscribe(const std::string& topic) override {
    return guarded([&] { client_.subscribe(topic, 1, nullptr, callbacks_); });
  }

  Status publish(const Publish& message, uint64_t ticket) override {
    return guarded([&] {
      mqtt::properties properties;
      if (to_.mqtt5 && message.expiry_s) {
        properties.add(mqtt::property(mqtt::property::MESSAGE_EXPIRY_INTERVAL,
                                      static_cast<int32_t>(*message.expiry_s)));
      }
      client_.publish(mqtt::message::create(message.topic, message.payload, message.qos,
                                            message.retain, properties),
                      reinterpret_cast<void*>(static_cast<uintptr_t>(ticket)), callbacks_);
    });
  }

  Status disconnect() override {
    return guarded([&] { client_.disconnect(0, nullptr, callbacks_); });
  }

  ConnectFailure connect_failure() override {
    using Kind = ConnectFailure::Kind;
    if (!file_error_.empty()) return {Kind::certificate, 0, file_error_};
    const auto [code, text] = library_words();
    if (text == "CONNACK return code") return {Kind::refused, code, text};
    if (text == "TCP connect completion failure" || text == "socket error") {
      // Somebody took the connection and closed it before CONNACK. Under TLS 1.3 that is also how
      // a broker refuses our certificate.
      return {to_.insecure ? Kind::kicked : Kind::certificate, code, text};
    }
    if (text == "TCP/TLS connect failure" && !to_.insecure &&
        somebody_listens(to_.host, to_.port, kKnockMs)) {
      return {Kind::certificate, code, text};
    }
    return {Kind::unreachable, code, text};
  }

 private:
  // connect_options must be default-constructed, given its version first, never copied or moved
  // by us, and kept: its copies point into it (dependencies 2.1, P1 to P3).
  void fill_options() {
    options_.set_mqtt_version(to_.mqtt5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
    if (to_.mqtt5) {
      options_.set_clean_start(true);
    } else {
      options_.set_clean_session(true);
    }
    options_.set_automatic_reconnect(false);
    options_.set_connect_timeout(kConnectTimeoutS);
    options_.set_keep_alive_interval(kKeepAliveS);
    options_.set_max_inflight(static_cast<int>(kWindow));
    if (is_live_) {
      options_.set_will(
          mqtt::will_options(to_.will_topic, mqtt::binary_ref(to_.will_payload), 1, true));
    }
    if (!to_.insecure) options_.set_ssl(tls_options());
    if (to_.mqtt5) {
      mqtt::properties properties;
      properties.add(
          mqtt::property(mqtt::property::MAXIMUM_PACKET_SIZE, static_cast<int32_t>(kPacketMax)));
      options_.set_properties(properties);
    }
  }

  mqtt::ssl_options tls_options() const {
    mqtt::ssl_options tls;
    if (!to_.ca.empty()) tls.set_trust_store(to_.ca);
    if (!to_.cert.empty()) tls.set_key_store(to_.cert);
    if (!to_.key.empty()) tls.set_private_key(to_.key);
    tls.set_enable_server_cert_auth(true);  // the chain
    tls.set_verify(true);                   // and the host's name
    return tls;
  }

  std::string unreadable_file() const {
    if (to_.insecure) return {};
    for (const std::string* path : {&to_.ca, &to_.cert, &to_.key}) {
      if (!path->empty() && ::access(path->c_str(), R_OK) != 0) return *path;
    }
    return {};
  }

  // The token says why only by throwing it. It is complete, so this does not wait.
  std::pair<int, std::string> library_words() {
    if (connecting_ == nullptr) return {0, ""};
    try {
      connecting_->try_wait();
    } catch (const mqtt::exception& e) {
      return {e.get_return_code(), e.get_message()};
    } catch (const std::exception& e) {
      return {0, e.what()};
    }
    return {0, ""};
  }

  const Configure to_;
  const bool is_live_;
  PahoCallbacks& callbacks_;
  mqtt::connect_options options_;
  mqtt::async_client client_;
  mqtt::token_ptr connecting_;
  std::string file_error_;
};

// No client is kept between generations, on purpose: destroying the last one ends Paho's threads
// (0.1 to 0.2 s), and fresh ones notice a new connection in 0.1 s. Threads that live on poll for
// reading only, and notice it a whole second later (measured; paho.c 1.3.12, Socket.c).
class PahoFactory final : public ClientFactory {
 public:
  explicit PahoFactory(Inbox& inbox) : inbox_(inbox) {}

  void configure(const Configure& configure) override { configure_ = configure; }

  const std::vector<std::string>& topics() const override { return configure_.subscribe; }

  Result<std::unique_ptr<Client>> make(Conn conn, uint32_t generation) override {
    PahoCallbacks& callbacks =
        callbacks_.keep(conn, std::make_unique<PahoCallbacks>(inbox_, conn, generation));
    std::unique_ptr<Client> client;
    const Status made =
        guarded([&] { client = std::make_unique<PahoClient>(configure_, conn, callbacks); });
    if (!made) return failure(made.error());
    return client;
  }

 private:
  Inbox& inbox_;
  Configure configure_;
  Retired<PahoCallbacks, kRetiredMax> callbacks_;
};

}  // namespace

std::unique_ptr<ClientFactory> make_paho_factory(Inbox& inbox) {
  return std::make_unique<PahoFactory>(inbox);
}

}  // namespace lamplight::uplink
