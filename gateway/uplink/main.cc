// lamplight-uplink run: the MQTT process, started by lamplightd with the connection on fd 3.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

#include "gateway/uplink/app.h"
#include "gateway/uplink/inbox.h"
#include "gateway/uplink/paho_client.h"

namespace {

constexpr int kCoreFd = 3;

void set_signals() {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  // Paho writes to sockets that may be gone (paho.c #1346): before the first client exists.
  ::sigaction(SIGPIPE, &ignore, nullptr);
  // Ctrl-C reaches the whole process group; when to say goodbye is the core's decision, and its
  // end ends us through fd 3.
  ::sigaction(SIGINT, &ignore, nullptr);
  ::sigaction(SIGTERM, &ignore, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || std::strcmp(argv[1], "run") != 0) {
    std::fputs("usage: lamplight-uplink run   (started by lamplightd, which is on fd 3)\n", stderr);
    return 2;
  }
  set_signals();
  // Where the broker is, the configuration says: the library would follow these to a proxy.
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) ::unsetenv(name);
  // Before the app: clients must be gone before their inbox, the app before the factory.
  lamplight::uplink::Inbox inbox(lamplight::uplink::kInboxMax);
  const auto factory = lamplight::uplink::make_paho_factory(inbox);
  lamplight::uplink::App app(lamplight::wire::Channel(kCoreFd), inbox, *factory,
                             std::random_device{}());
  return app.run();
}
