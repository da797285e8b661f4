// lamplight-uplink run: the MQTT process, started by lamplightd with the connection on fd 3.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

#include "gateway/uplink/app.h"
#include "gateway/uplink/inbox.h"
#include "gateway/uplink/log.h"
#include "gateway/uplink/paho_client.h"

namespace {

constexpr int kCoreFd = 3;
constexpr int kUsage = 2;
constexpr char kHelp[] =
    "usage: lamplight-uplink run   (started by lamplightd, which is on fd 3)\n"
    "       lamplight-uplink --help\n"
    "Carries what lamplightd says to the MQTT broker of its configuration, and commands back.\n";

// Before anything is opened: whatever came first would be fd 3.
bool is_core_there() {
  int type = 0;
  socklen_t size = sizeof type;
  const bool is_socket = ::getsockopt(kCoreFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  return is_socket && type == SOCK_SEQPACKET;
}

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
  const char* word = argc == 2 ? argv[1] : "";
  if (std::strcmp(word, "--help") == 0 || std::strcmp(word, "-h") == 0) {
    return std::fputs(kHelp, stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
  }
  lamplight::uplink::Log log(STDERR_FILENO);
  if (std::strcmp(word, "run") != 0) return std::fputs(kHelp, stderr), kUsage;
  if (!is_core_there()) {
    log.line("fd 3 is no SOCK_SEQPACKET connection; lamplightd starts this");
    return kUsage;
  }
  set_signals();
  // Where the broker is, the configuration says: the library would follow these to a proxy.
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) ::unsetenv(name);
  // Before the app: clients must be gone before their inbox, the app before the factory.
  lamplight::uplink::Inbox inbox(lamplight::uplink::kInboxMax);
  const auto factory = lamplight::uplink::make_paho_factory(inbox);
  lamplight::uplink::App app(lamplight::wire::Channel(kCoreFd), inbox, *factory, log,
                             std::random_device{}());
  return app.run();
}
