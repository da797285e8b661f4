#include "drivers/sdk/run.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "drivers/sdk/clock.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/own_black_box.h"
#include "drivers/sdk/polled_loop.h"
#include "drivers/sdk/stream_loop.h"
#include "drivers/sdk/wait.h"

namespace lamplight::sdk {
namespace {

constexpr int kGone = 0;
constexpr int kCannotWork = 1;
constexpr int kNoCore = 2;

bool is_core_connection(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

Result<const Protocol*> choose(std::span<const Protocol> protocols, std::string_view named,
                               const Configure& configure) {
  // `driver` may be the path of this executable; then only the command line names a protocol.
  const std::string_view configured = configure.port.driver;
  const bool is_path = configured.find('/') != std::string_view::npos;
  const std::string_view wanted = configured.empty() || is_path ? named : configured;
  if (!named.empty() && named != wanted) {
    return failure("started for '" + std::string(named) + "', but the port is configured for '" +
                   std::string(wanted) + "'");
  }
  for (const Protocol& protocol : protocols) {
    // With one protocol there is nothing to name.
    if (protocol.name == wanted || (wanted.empty() && protocols.size() == 1)) return &protocol;
  }
  return failure("no protocol '" + std::string(wanted) + "' in this driver");
}

Status check_count(const Protocol& protocol, const Configure& configure) {
  if (configure.devices.empty()) return failure("the port has no device");
  if (protocol.make_stream != nullptr && configure.devices.size() != 1) {
    return failure("a port of '" + std::string(protocol.name) + "' has exactly one device");
  }
  return {};
}

Status check_devices(const Protocol& protocol, const Configure& configure, const Numbers& numbers) {
  if (Status counted = check_count(protocol, configure); !counted) return counted;
  for (const DeviceConfigure& device : configure.devices) {
    if (!numbers.devices.contains(device.id)) {
      return failure("the core gave device '" + device.id + "' no number");
    }
  }
  return {};
}

DeviceFeed::Setup setup_of(const DeviceConfigure& device, const Numbers& numbers) {
  return {.number = numbers.devices.at(device.id), .serial = device.serial, .signals = {}};
}

Result<PortAddress> address_of(const Configure& configure) {
  auto address = parse_port_address(configure.port.at);
  if (!address) return failure("at = \"" + configure.port.at + "\": " + address.error());
  return address;
}

Status run_stream(const Protocol& protocol, const Configure& configure, const Numbers& numbers,
                  CoreLink& core) {
  const auto address = address_of(configure);
  if (!address) return failure(address.error());
  const auto driver = protocol.make_stream(configure);
  if (!driver) return failure(driver.error());
  DeviceFeed::Setup setup = setup_of(configure.devices[0], numbers);
  setup.signals = (*driver)->signals();
  setup.thins_switches = (*driver)->thins_switches();
  DeviceFeed feed(core, numbers, std::move(setup));
  const auto seed = static_cast<uint32_t>(mono_now().ns ^ ::getpid());
  PortKeeper keeper([&] { return open_port(*address); }, seed);
  const auto box = own_black_box(configure);
  if (!box) say_log(core, "warn", box.error());
  StreamLoop(core, **driver, feed, keeper, box ? box->get() : nullptr).run();
  return {};
}

Status run_polled(const Protocol& protocol, const Configure& configure, const Numbers& numbers,
                  CoreLink& core) {
  const auto driver = protocol.make_polled(configure);
  if (!driver) return failure(driver.error());
  std::vector<std::unique_ptr<DeviceFeed>> feeds;
  for (const DeviceConfigure& device : configure.devices) {
    DeviceFeed::Setup setup = setup_of(device, numbers);
    for (const SignalId signal : protocol.signals) {
      if (signal_info(signal).role == device.role) setup.signals.push_back(signal);
    }
    feeds.push_back(std::make_unique<DeviceFeed>(core, numbers, std::move(setup)));
  }
  PolledLoop(core, **driver, feeds).run();
  return {};
}

// Said to the core, for its log, and on standard error, for whoever runs us by hand.
int give_up(CoreLink& core, const std::string& why) {
  if (why.empty()) return kGone;
  say_log(core, "error", why);
  std::fprintf(stderr, "lamplight-driver: %s\n", why.c_str());
  return kCannotWork;
}

}  // namespace

int run_driver(std::span<const Protocol> protocols, std::string_view named) {
  if (!is_core_connection(kCoreFd)) {
    std::fprintf(stderr, "run: fd 3 is no SOCK_SEQPACKET connection; lamplightd starts this\n");
    return kNoCore;
  }
  CoreLink core{wire::Channel(kCoreFd)};
  const auto configure = core.receive_configure();
  if (!configure) return give_up(core, configure.error());
  const auto protocol = choose(protocols, named, *configure);
  const auto numbers = core.greet(protocol ? (*protocol)->name : named);
  if (!numbers) return give_up(core, numbers.error());
  if (!protocol) return give_up(core, protocol.error());
  const Status checked = check_devices(**protocol, *configure, *numbers);
  if (!checked) return give_up(core, checked.error());
  const bool is_stream = (*protocol)->make_stream != nullptr;
  const Status ran = is_stream ? run_stream(**protocol, *configure, *numbers, core)
                               : run_polled(**protocol, *configure, *numbers, core);
  return ran ? kGone : give_up(core, ran.error());
}

Status check_configure(std::span<const Protocol> protocols, std::string_view named,
                       std::string_view configure_json) {
  auto configure = parse_configure(configure_json);
  if (!configure) return failure(configure.error());
  // A file, which a question does not make; and whoever runs may be writing it.
  configure->port.black_box.clear();
  const auto protocol = choose(protocols, named, *configure);
  if (!protocol) return failure(protocol.error());
  if (Status counted = check_count(**protocol, *configure); !counted) return counted;
  if ((*protocol)->make_stream == nullptr) {
    const auto driver = (*protocol)->make_polled(*configure);
    return driver ? Status() : failure(driver.error());
  }
  const auto address = address_of(*configure);
  if (!address) return failure(address.error());
  const auto driver = (*protocol)->make_stream(*configure);
  return driver ? Status() : failure(driver.error());
}

}  // namespace lamplight::sdk
