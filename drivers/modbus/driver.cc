#include "drivers/modbus/driver.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "drivers/sdk/own_black_box.h"

namespace lamplight::modbus {
namespace {
constexpr Duration kBackOffFirst = milliseconds(250);
constexpr Duration kBackOffLast = seconds(10);
constexpr int kTcpDevice = 255;
// A probe shorter than this would time out a healthy unit at 19200 baud: it waits for more slack.
constexpr Duration kProbeLeast = milliseconds(60);
// A unit that is never asked is never found again: beside a neighbour polled so fast that the slack
// never comes, it waits so long and is then asked all the same, once.
constexpr Duration kProbeWaitMax = seconds(5);
// Every so many probes of a unit one has the full timeout, so that a device which answers rightly
// but slowly is found again; its neighbours wait for at most that long, once in so many.
constexpr int kFullProbeEvery = 3;
// The heartbeat goes on between two pieces of waiting for a silent line.
constexpr Duration kSettleAtMost = seconds(1);

// Puts what the poller of one unit says into the loop's sink, with the time of the read.
class UnitSink : public sdk::Sink {
 public:
  explicit UnitSink(size_t device) : device_(device) {}
  void target(sdk::BusSink* sink) { sink_ = sink; }
  void frame(MonoTime at) override {
    at_ = at;
    ++good_;
  }
  void sample(SignalId signal, sdk::Reading reading) override {
    sink_->sample(device_, signal, reading, at_);
  }
  void fact(const sdk::Fact& fact) override { sink_->fact(device_, fact); }
  void read_at(MonoTime at) { at_ = at; }
  uint64_t good() const { return good_; }

 private:
  size_t device_;
  sdk::BusSink* sink_ = nullptr;
  MonoTime at_;
  uint64_t good_ = 0;
};

Status read_duration(const sdk::Configure& configure, std::string_view key, Duration low,
                     Duration high, Duration& out) {
  const auto text = configure.option(key);
  if (!text) return {};
  const auto parsed = sdk::parse_duration(*text);
  if (!parsed) return failure(std::string(key) + ": " + parsed.error());
  if (*parsed < low || *parsed > high) {
    return failure(std::string(key) + " = \"" + std::string(*text) + "\" is out of range");
  }
  out = *parsed;
  return {};
}

Status read_timeout(const sdk::Configure& configure, Duration& out) {
  return read_duration(configure, "timeout", milliseconds(50), seconds(10), out);
}
}  // namespace

struct ModbusDriver::Unit {
  Unit(size_t device_index, RegisterMap bound_map)
      : map(std::move(bound_map)), sink(device_index) {}
  RegisterMap map;
  UnitSink sink;
  std::unique_ptr<UnitPoller> poller;
  size_t device = 0;
  int probes = 0;  // since it was quarantined
  sdk::Counters counters;
};

Result<std::unique_ptr<sdk::PolledDriver>> ModbusDriver::make(const sdk::Configure& configure) {
  Duration timeout = seconds(1);
  if (auto read = read_timeout(configure, timeout); !read) return failure(read.error());
  auto bus = Bus::make({configure.port.at, timeout});
  if (!bus) return failure(bus.error());
  return make(configure, std::move(*bus));
}

Result<std::unique_ptr<sdk::PolledDriver>> ModbusDriver::make(const sdk::Configure& configure,
                                                              std::unique_ptr<Bus> bus) {
  std::unique_ptr<ModbusDriver> driver(new ModbusDriver);
  driver->bus_ = std::move(bus);
  driver->gap_ = driver->bus_->is_tcp() ? Duration{} : milliseconds(5);
  for (const auto& read : {
           read_timeout(configure, driver->timeout_),
           read_duration(configure, "probe_timeout", milliseconds(20), seconds(2),
                         driver->probe_timeout_),
           read_duration(configure, "gap", Duration{}, seconds(1), driver->gap_),
       }) {
    if (!read) return failure(read.error());
  }
  driver->jitter_.seed(static_cast<unsigned>(getpid()));
  for (const auto& device : configure.devices) {
    if (auto added = driver->add_unit(device, configure.port.period); !added) {
      return failure("device " + device.id + ":\n" + added.error());
    }
  }
  // Without room for one the bus is read all the same; lamplightd checks its directory.
  if (auto box = sdk::own_black_box(configure)) driver->box_ = std::move(*box);
  return std::unique_ptr<sdk::PolledDriver>(std::move(driver));
}

Status ModbusDriver::add_unit(const sdk::DeviceConfigure& device, Duration period) {
  if (device.map.empty()) {
    return failure("no register map\n  fix: add map = \"lfp-1\", \"lvp-1\" or a file");
  }
  auto map = load_map(device.map);
  if (!map) return failure(map.error());
  if (auto bound = bind_to_role(*map, device.role); !bound) return bound;
  const int number = device.unit.value_or(1);
  // On a serial bus 0 speaks to all at once; over TCP, 0 and 255 mean the device at the address.
  const bool is_right =
      (number >= 1 && number <= 247) || (bus_->is_tcp() && (number == 0 || number == kTcpDevice));
  if (!is_right) return failure("unit must be from 1 to 247; over TCP 0 and 255 as well");
  for (const auto& other : units_) {
    if (other->poller->request().unit == number) {
      return failure("two devices have unit " + std::to_string(number));
    }
  }
  auto unit = std::make_unique<Unit>(units_.size(), std::move(*map));
  unit->device = units_.size();
  unit->poller = std::make_unique<UnitPoller>(
      unit->map, UnitSettings{number, device.role, device.serial, period}, unit->sink, bus_->now());
  units_.push_back(std::move(unit));
  return {};
}

MonoTime ModbusDriver::work(MonoTime now, sdk::BusSink& sink) {
  if (now < not_before_) return not_before_;
  if (!bus_->is_open()) return open(sink);
  if (!bus_->settle(kSettleAtMost)) return bus_->now();
  Unit* unit = most_due(false);
  Duration timeout = timeout_;
  if (unit == nullptr || unit->poller->due() > now) {
    Unit* dead = most_due(true);
    const MonoTime wake = unit == nullptr ? kNever : unit->poller->due();
    if (dead == nullptr) return std::min(wake, now + seconds(1));
    if (dead->poller->due() > now) return std::min(wake, dead->poller->due());
    if (unit != nullptr) {
      timeout = probe_for(*dead, wake - now);
      if (timeout == Duration{} && now - dead->poller->due() < kProbeWaitMax) return wake;
      if (timeout == Duration{}) timeout = is_full_probe(*dead) ? timeout_ : probe_timeout_;
    }
    ++dead->probes;
    unit = dead;
  } else {
    unit->probes = 0;
  }
  ask(*unit, timeout, sink);
  not_before_ = std::max(not_before_, bus_->now() + gap_);
  return not_before_;
}

bool ModbusDriver::is_full_probe(const Unit& unit) const {
  return unit.probes % kFullProbeEvery == kFullProbeEvery - 1;
}

// How long a probe may take in the neighbours' `slack`; zero: it waits for more. A full one begins
// where most of it fits in.
Duration ModbusDriver::probe_for(const Unit& unit, Duration slack) const {
  if (is_full_probe(unit)) return slack.ns >= timeout_.ns / 2 ? timeout_ : Duration{};
  return slack >= std::min(kProbeLeast, probe_timeout_) ? std::min(probe_timeout_, slack)
                                                        : Duration{};
}

// Of the units in quarantine, or of those that are not, the one whose time came first.
ModbusDriver::Unit* ModbusDriver::most_due(bool is_quarantined) {
  Unit* best = nullptr;
  for (const auto& unit : units_) {
    if (unit->poller->is_quarantined() != is_quarantined) continue;
    if (best == nullptr || unit->poller->due() < best->poller->due()) best = unit.get();
  }
  return best;
}

void ModbusDriver::ask(Unit& unit, Duration timeout, sdk::BusSink& sink) {
  unit.sink.target(&sink);
  Failure failure;
  const Request request = unit.poller->request();
  const auto outcome = bus_->ask(request, timeout, registers_, failure);
  const MonoTime at = bus_->now();
  keep(request, outcome, failure, at);
  unit.sink.read_at(at);
  const uint64_t good_before = unit.sink.good();
  switch (outcome) {
    case Bus::Outcome::good:
      back_off_ = kBackOffFirst;
      told_lost_ = false;
      unit.poller->reply(at, registers_);
      break;
    case Bus::Outcome::failed:
      unit.poller->failed(at, failure);
      break;
    case Bus::Outcome::port_lost:
      lose_port(at, sink, bus_->why());
      return;
  }
  const bool was_good = unit.sink.good() != good_before;
  ++(was_good ? unit.counters.frames_good : unit.counters.frames_bad);
  sink.counters(unit.device, unit.counters);
  if (const auto change = unit.poller->take_link_change()) {
    if (change->is_up) {
      sink.link_up(unit.device);
    } else {
      sink.link_down(unit.device, change->why);
    }
  }
}

// libmodbus owns the bytes: the answer is kept as its registers, in the words of `lamplight decode
// modbus`, with the time at which it was whole, and a question without one with its error.
void ModbusDriver::keep(const Request& request, Bus::Outcome outcome, const Failure& failure,
                        MonoTime at) {
  if (box_ == nullptr) return;
  constexpr std::array<int, 4> kFunctions = {1, 2, 4, 3};  // coil, discrete, input, holding
  std::string text = std::to_string(request.unit) + ' ' +
                     std::to_string(kFunctions[static_cast<size_t>(request.table)]) + ' ' +
                     std::to_string(request.first) + ' ' + std::to_string(request.count);
  if (outcome == Bus::Outcome::good) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    text += " : ";
    for (const uint16_t word : registers_) {
      for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[word >> shift & 0xF];
    }
  } else {
    constexpr std::array<std::string_view, 4> kErrors = {"timeout", "broken", "exception",
                                                         "another unit"};
    const bool is_lost = outcome == Bus::Outcome::port_lost;
    text += " ! ";
    text += is_lost ? "port lost" : kErrors[static_cast<size_t>(failure.kind)];
    if (!is_lost && failure.exception != 0) text += ' ' + std::to_string(failure.exception);
  }
  box_->record(wire::BoxKind::asked, at, text);
}

MonoTime ModbusDriver::open(sdk::BusSink& sink) {
  const auto opened = bus_->open();
  const MonoTime at = bus_->now();
  if (!opened) {
    lose_port(at, sink, opened.error());
    return not_before_;
  }
  if (bus_->warning() != told_warning_) {
    told_warning_ = bus_->warning();
    if (!told_warning_.empty()) sink.log("warn", told_warning_);
  }
  if (box_ != nullptr) box_->record(wire::BoxKind::opened, at, std::string_view());
  for (const auto& unit : units_) unit->poller->reopened(at);
  return at;
}

// Told once until something is heard again: a port that opens and breaks at once is as lost as one
// that does not open.
void ModbusDriver::lose_port(MonoTime at, sdk::BusSink& sink, const std::string& why) {
  // ± 20 %, so that many boxes do not knock at once.
  const int64_t percent = 80 + static_cast<int64_t>(jitter_() % 41);
  not_before_ = at + Duration{back_off_.ns / 100 * percent};
  back_off_ = std::min(back_off_ * 2, kBackOffLast);
  for (const auto& unit : units_) unit->poller->port_lost();
  if (told_lost_) return;
  told_lost_ = true;
  sink.log("warn", "bus lost: " + why);
  for (const auto& unit : units_) {
    unit->poller->told_lost();
    sink.link_down(unit->device, why);
  }
}

}  // namespace lamplight::modbus
