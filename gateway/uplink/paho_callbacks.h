// What Paho calls, on its own threads and under its own locks: copy, queue, return. One object a
// client; it outlives the client, because a call may still be under way when that is destroyed.
#pragma once

#include <mqtt/async_client.h>

#include <string>
#include <utility>

#include "gateway/uplink/inbox.h"
#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::uplink {

class PahoCallbacks : public mqtt::callback, public mqtt::iaction_listener {
 public:
  PahoCallbacks(Inbox& inbox, Conn conn, uint32_t generation)
      : inbox_(inbox), conn_(conn), generation_(generation) {}

  void on_success(const mqtt::token& token) override { done(token, true); }
  void on_failure(const mqtt::token& token) override { done(token, false); }

  void connection_lost(const std::string&) override { queue({.what = What::ended}); }

  // Not called by Paho: a try that ended before it could begin.
  void connect_refused_locally() { queue({.what = What::connect_failed}); }

  void disconnected(int reason) { queue({.what = What::ended, .code = reason}); }

  void message_arrived(mqtt::const_message_ptr message) override {
    const auto& payload = message->get_payload_ref();
    const std::string& topic = message->get_topic();
    // A topic of 64 KiB is none that we asked for: an empty one is dropped as well, and is small.
    Arrived arrived{.topic = topic.size() > kTopicMax ? std::string() : topic,
                    .payload = {},
                    .retained = message->is_retained(),
                    .too_large = payload.size() > limits::kCommandBytesMax,
                    .size = payload.size()};
    if (!arrived.too_large) arrived.payload.assign(payload.data(), payload.size());
    // Refused only when a broker floods us; a command is repeated by whoever gets no answer.
    [[maybe_unused]] const bool kept =
        inbox_.push(stamped({.what = What::arrived, .message = std::move(arrived)}), kArrivedMax);
  }

 private:
  static constexpr size_t kTopicMax = 1024;
  using What = ClientEvent::What;

  void done(const mqtt::token& token, bool well) {
    ClientEvent event;
    event.code = token.get_reason_code() != 0 ? token.get_reason_code() : token.get_return_code();
    switch (token.get_type()) {
      case mqtt::token::CONNECT:
        event.what = well ? What::accepted : What::connect_failed;
        break;
      case mqtt::token::PUBLISH:
        event.what = well ? What::acknowledged : What::publish_failed;
        event.ticket = reinterpret_cast<uintptr_t>(token.get_user_context());
        break;
      case mqtt::token::SUBSCRIBE:
        event.what = well ? What::subscribed : What::subscribe_failed;
        break;
      case mqtt::token::DISCONNECT:
        event.what = What::disconnected;
        break;
      case mqtt::token::UNSUBSCRIBE:
        return;
    }
    queue(std::move(event));
  }

  ClientEvent stamped(ClientEvent event) const {
    event.conn = conn_;
    event.generation = generation_;
    return event;
  }
  // Bounded by what can be in flight: never refused.
  void queue(ClientEvent event) {
    const bool kept = inbox_.push(stamped(std::move(event)));
    LL_ASSERT(kept);
  }

  Inbox& inbox_;
  const Conn conn_;
  const uint32_t generation_;
};

}  // namespace lamplight::uplink
