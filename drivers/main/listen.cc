#include "drivers/main/listen.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "drivers/main/guess.h"
#include "drivers/sdk/clock.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/port.h"
#include "drivers/sdk/wait.h"

namespace lamplight::driver {
namespace {

// The usual lines of what must be asked, the commonest first.
struct Askable {
  std::string_view protocol;
  std::array<std::string_view, 4> lines;
};
constexpr std::array<Askable, 6> kAskable = {{
    {"alaris", {"38400,8N1"}},
    {"base-a", {"19200,7E1"}},
    {"cms50", {"115200,8N1"}},
    {"medibus", {"19200,8E1", "19200,8N1", "9600,8E1", "38400,8N1"}},
    {"modbus", {"19200,8E1", "9600,8N1", "9600,8E1"}},
    {"pb840", {"38400,8N1", "19200,8N1", "9600,8N1"}},
}};
struct Map {
  std::string_view name;
  Role role;
};
constexpr std::array<Map, 2> kMaps = {{{"lfp-1", Role::pump}, {"lvp-1", Role::ventilator}}};

const sdk::Protocol* find_protocol(std::string_view name,
                                   std::span<const sdk::Protocol> protocols) {
  for (const sdk::Protocol& each : protocols) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::string address_of(const UsbPort& port, std::string_view line) {
  if (port.is_hid) return "hid:" + port.device;
  return "serial:" + port.device + "?" + std::string(line);
}

Result<std::unique_ptr<sdk::Port>> open(const std::string& at) {
  const auto address = sdk::parse_port_address(at);
  if (!address) return failure(address.error());
  return sdk::open_port(*address);
}

// Hands every read to `hear` until `end`, `is_done`, or the port is lost; writes what `turn` says.
template <class OnBytes, class Turn>
Status converse(sdk::Port& port, MonoTime end, OnBytes hear, Turn turn) {
  std::array<uint8_t, 4096> buffer{};
  while (true) {
    const MonoTime now = sdk::mono_now();
    const MonoTime next = std::min(turn(now), end);
    if (now >= end) return {};
    pollfd wait{port.fd(), POLLIN, 0};
    ::poll(&wait, 1, sdk::wait_ms(now, next));
    const sdk::PortInput input = port.read(buffer);
    if (input.state == sdk::PortState::lost) return failure(input.why);
    if (input.state == sdk::PortState::nothing) continue;
    if (hear(sdk::Bytes(buffer).first(input.bytes), sdk::mono_now())) return {};
  }
}

Result<Heard> ask_stream(const UsbPort& port, std::string_view line, const sdk::Protocol& protocol,
                         Duration longest) {
  sdk::Configure configure;
  configure.port.driver = protocol.name;
  configure.port.at = address_of(port, line);
  const bool is_hid_cms50 = port.is_hid && protocol.name == "cms50";
  if (is_hid_cms50) configure.options["format"] = "hid";
  const auto driver = protocol.make_stream(configure);
  if (!driver) return failure(driver.error());
  auto opened = open(configure.port.at);
  if (!opened) return failure(opened.error());
  sdk::Decoder& decoder = (*driver)->decoder();
  sdk::Asker* const asker = (*driver)->asker();
  Acquaintance who;
  Heard heard{.found = {}, .is_asked = true};
  if (asker != nullptr) asker->opened(sdk::mono_now());
  const auto turn = [&](MonoTime now) {
    MonoTime next = kNever;
    for (int i = 0; asker != nullptr && i < 8; ++i) {
      const sdk::AskTurn said = asker->turn(now);
      next = said.next;
      if (!said.request) break;
      const std::string& text = asker->requests()[*said.request];
      // One that cannot be written is one that is not answered.
      (void)(*opened)->write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }
    return next;
  };
  const auto hear = [&](sdk::Bytes bytes, MonoTime at) {
    heard.bytes += bytes.size();
    const sdk::Counters before = decoder.counters();
    decoder.feed(bytes, at, who);
    if (asker != nullptr) {
      asker->heard(at, {.has_good = decoder.counters().frames_good != before.frames_good,
                        .has_bad = decoder.counters().frames_bad != before.frames_bad});
    }
    return who.role().has_value();
  };
  const Status done = converse(**opened, sdk::mono_now() + longest, hear, turn);
  if (!done) return failure(done.error());
  if (!who.role()) return heard;
  heard.found = FoundDevice{.driver = std::string(protocol.name),
                            .line = std::string(line),
                            .options = {},
                            .role = *who.role(),
                            .unit = {},
                            .map = {},
                            .identity = who.identity(),
                            .frames_good = decoder.counters().frames_good};
  if (is_hid_cms50) heard.found->options.emplace_back("format", "\"hid\"");
  return heard;
}

// What a polled driver says while nobody but us listens.
class BusEar : public sdk::BusSink {
 public:
  void sample(size_t, SignalId signal, sdk::Reading reading, MonoTime) override {
    if (!reading.is_missing()) who.sample(signal, reading);
  }
  void fact(size_t, const sdk::Fact& fact) override { who.fact(fact); }
  void link_up(size_t) override { is_up = true; }
  void link_down(size_t, std::string_view why) override { down_why = why; }
  void counters(size_t, const sdk::Counters& counters) override { good = counters.frames_good; }
  void log(std::string_view, std::string_view) override {}

  Acquaintance who;
  bool is_up = false;
  uint64_t good = 0;
  std::string down_why;
};

Result<Heard> ask_bus(const UsbPort& port, std::string_view line, const Question& question,
                      const Map& map, const sdk::Protocol& protocol, Duration longest) {
  sdk::Configure configure;
  configure.port.driver = protocol.name;
  configure.port.at = address_of(port, line);
  sdk::DeviceConfigure device;
  device.id = "d";
  device.role = map.role;
  device.unit = question.unit.value_or(1);
  device.map = map.name;
  configure.devices.push_back(device);
  const auto driver = protocol.make_polled(configure);
  if (!driver) return failure(driver.error());
  BusEar ear;
  Heard heard{.found = {}, .is_asked = true};
  const MonoTime end = sdk::mono_now() + longest;
  for (MonoTime now = sdk::mono_now(); now < end; now = sdk::mono_now()) {
    const MonoTime next = (*driver)->work(now, ear);
    if (ear.who.is_refused() || (ear.is_up && ear.who.role())) break;
    if (ear.good == 0 && ear.down_why.find("in use") != std::string::npos) {
      return failure(ear.down_why);
    }
    ::poll(nullptr, 0, sdk::wait_ms(now, std::min(next, end)));
  }
  if (!ear.is_up || ear.who.is_refused()) return heard;
  heard.found = FoundDevice{.driver = std::string(protocol.name),
                            .line = std::string(line),
                            .options = {},
                            .role = map.role,
                            .unit = device.unit,
                            .map = device.map,
                            .identity = ear.who.identity(),
                            .frames_good = ear.good};
  return heard;
}

}  // namespace

std::vector<std::string_view> askable() {
  std::vector<std::string_view> names;
  for (const Askable& each : kAskable) names.push_back(each.protocol);
  return names;
}

bool can_be_asked(const UsbPort& port, std::string_view protocol) {
  return !port.is_hid || protocol == "cms50";
}

Result<Heard> listen(const UsbPort& port, Duration longest,
                     std::span<const sdk::Protocol> protocols) {
  Heard heard;
  if (port.is_hid) return heard;  // none of those we know speaks unasked
  for (const std::string_view line : speaking_lines()) {
    auto opened = open(address_of(port, line));
    if (!opened) return failure(opened.error());
    Guess guess(line, protocols);
    Duration span = seconds(1);
    for (const Speaker& each : speakers()) {
      if (each.line == line) span = std::max(span, seconds(each.seconds));
    }
    const Status done = converse(
        **opened, sdk::mono_now() + std::min(span, longest),
        [&](sdk::Bytes bytes, MonoTime at) {
          guess.feed(bytes, at);
          return guess.best().has_value();
        },
        [](MonoTime) { return kNever; });
    if (!done) return failure(done.error());
    heard.bytes += guess.bytes();
    heard.found = guess.best();
    if (heard.found) return heard;
  }
  return heard;
}

Result<Heard> ask(const UsbPort& port, const Question& question, Duration longest,
                  std::span<const sdk::Protocol> protocols) {
  const auto* const known = std::ranges::find(kAskable, question.protocol, &Askable::protocol);
  const sdk::Protocol* const protocol = find_protocol(question.protocol, protocols);
  if (known == kAskable.end() || protocol == nullptr) return failure("cannot be asked");
  Heard heard{.found = {}, .is_asked = true};
  for (const std::string_view usual : known->lines) {
    const std::string line(question.line.empty() ? usual : std::string_view(question.line));
    if (line.empty()) break;
    for (const Map& map : kMaps) {
      const bool is_bus = protocol->make_polled != nullptr;
      if (is_bus && !question.map.empty() && question.map != map.name) continue;
      auto answer = is_bus ? ask_bus(port, line, question, map, *protocol, longest)
                           : ask_stream(port, line, *protocol, longest);
      if (!answer || answer->found) return answer;
      heard.bytes += answer->bytes;
      if (!is_bus) break;
    }
    if (!question.line.empty() || port.is_hid) break;
  }
  return heard;
}

}  // namespace lamplight::driver
