// The real Client, over Paho MQTT C++: the only code that names the library. Its callbacks run on
// Paho's threads, copy into the inbox and return; they hold a generation and outlive their client.
// Without persistence, automatic reconnect, send-while-disconnected; clean start always.
#pragma once

#include <memory>

#include "gateway/uplink/client.h"
#include "gateway/uplink/inbox.h"

namespace lamplight::uplink {

// `inbox` must outlive the factory and every client. Supervisor thread only, once configured.
// SIGPIPE must be ignored before.
std::unique_ptr<ClientFactory> make_paho_factory(Inbox& inbox);

}  // namespace lamplight::uplink
