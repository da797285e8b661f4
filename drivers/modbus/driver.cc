#include "drivers/modbus/driver.h"

#include <unistd.h>

#include <algorithm>

#include "drivers/sdk/clock.h"

namespace lamplight::modbus {
namespace {
constexpr Duration kBackOffFirst = milliseconds(250);
constexpr Duration kBackOffLast = seconds(10);
// A probe shorter than this would time out a healthy unit at 19200 baud: it waits for more slack.
constexpr Duration kProbeLeast = milliseconds(60);

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
}  // namespace

struct ModbusDriver::Unit {
  Unit(size_t device_index, RegisterMap bound_map)
      : map(std::move(bound_map)), sink(device_index) {}
  RegisterMap map;
  UnitSink sink;
  std::unique_ptr<UnitPoller> poller;
  size_t device = 0;
  sdk::Counters counters;
};

Result<std::unique_ptr<sdk::PolledDriver>> ModbusDriver::make(const sdk::Configure& configure) {
  std::unique_ptr<ModbusDriver> driver(new ModbusDriver);
  const bool is_tcp = configure.port.at.starts_with("tcp:");
  driver->gap_ = is_tcp ? Duration{} : milliseconds(5);
  for (const auto& read : {
           read_duration(configure, "timeout", milliseconds(50), seconds(10), driver->timeout_),
           read_duration(configure, "probe_timeout", milliseconds(20), seconds(2),
                         driver->probe_timeout_),
           read_duration(configure, "gap", Duration{}, seconds(1), driver->gap_),
       }) {
    if (!read) return failure(read.error());
  }
  auto bus = Bus::make({configure.port.at, driver->timeout_, driver->gap_});
  if (!bus) return failure(bus.error());
  driver->bus_ = std::move(*bus);
  driver->jitter_.seed(static_cast<unsigned>(getpid()));
  for (const auto& device : configure.devices) {
    if (auto added = driver->add_unit(device, configure.port.period); !added) {
      return failure("device " + device.id + ": " + added.error());
    }
  }
  return driver;
}

Status ModbusDriver::add_unit(const sdk::DeviceConfigure& device, Duration period) {
  if (device.map.empty()) {
    return failure("no register map\n  fix: add map = \"lfp-1\", \"lvp-1\" or a file");
  }
  auto map = load_map(device.map);
  if (!map) return failure(map.error());
  if (auto bound = bind_to_role(*map, device.role); !bound) return bound;
  const int number = device.unit.value_or(1);
  if (number < 1 || number > 247) return failure("unit must be from 1 to 247");
  for (const auto& other : units_) {
    if (other->poller->request().unit == number) {
      return failure("two devices have unit " + std::to_string(number));
    }
  }
  auto unit = std::make_unique<Unit>(units_.size(), std::move(*map));
  unit->device = units_.size();
  unit->poller = std::make_unique<UnitPoller>(
      unit->map, UnitSettings{number, device.role, device.serial, period}, unit->sink,
      sdk::mono_now());
  units_.push_back(std::move(unit));
  return {};
}

MonoTime ModbusDriver::work(MonoTime now, sdk::BusSink& sink) {
  if (!bus_->is_open()) return open(now, sink);
  Unit* unit = most_due();
  if (unit == nullptr) return now + seconds(1);
  const MonoTime start = std::max(unit->poller->due(), not_before_);
  if (start > now) return start;
  Duration timeout = timeout_;
  if (unit->poller->is_quarantined()) {
    const MonoTime neighbour = next_due_but(*unit);
    const Duration slack = neighbour == kNever ? probe_timeout_ : neighbour - now;
    if (slack < kProbeLeast) return std::max(neighbour, now + milliseconds(1));
    timeout = std::min(probe_timeout_, slack);
  }
  ask(*unit, now, timeout, sink);
  not_before_ = sdk::mono_now() + gap_;
  return not_before_;
}

// The unit whose time came first; one in quarantine only when no other waits.
ModbusDriver::Unit* ModbusDriver::most_due() {
  Unit* best = nullptr;
  for (const auto& unit : units_) {
    if (best == nullptr || unit->poller->due() < best->poller->due()) best = unit.get();
  }
  return best;
}

MonoTime ModbusDriver::next_due_but(const Unit& unit) const {
  MonoTime next = kNever;
  for (const auto& other : units_) {
    if (other.get() == &unit || other->poller->is_quarantined()) continue;
    next = std::min(next, other->poller->due());
  }
  return next;
}

void ModbusDriver::ask(Unit& unit, MonoTime now, Duration timeout, sdk::BusSink& sink) {
  unit.sink.target(&sink);
  Failure failure;
  const Request request = unit.poller->request();
  const auto outcome = bus_->ask(request, timeout, registers_, failure);
  const MonoTime at = sdk::mono_now();
  unit.sink.read_at(at);
  const uint64_t good_before = unit.sink.good();
  switch (outcome) {
    case Bus::Outcome::good:
      unit.poller->reply(at, registers_);
      break;
    case Bus::Outcome::failed:
      unit.poller->failed(at, failure);
      break;
    case Bus::Outcome::port_lost:
      lose_port(sink, bus_->why());
      not_before_ = now + back_off_;
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

MonoTime ModbusDriver::open(MonoTime now, sdk::BusSink& sink) {
  if (now < not_before_) return not_before_;
  const auto opened = bus_->open();
  const MonoTime at = sdk::mono_now();
  if (opened) {
    back_off_ = kBackOffFirst;
    told_lost_ = false;
    for (const auto& unit : units_) unit->poller->reopened(at);
    return at;
  }
  if (!told_lost_) lose_port(sink, opened.error());
  // ± 20 %, so that many boxes do not knock at once.
  const int64_t percent = 80 + static_cast<int64_t>(jitter_() % 41);
  not_before_ = at + Duration{back_off_.ns / 100 * percent};
  back_off_ = std::min(back_off_ * 2, kBackOffLast);
  return not_before_;
}

void ModbusDriver::lose_port(sdk::BusSink& sink, const std::string& why) {
  told_lost_ = true;
  sink.log("warn", "bus lost: " + why);
  for (const auto& unit : units_) sink.link_down(unit->device, why);
}

}  // namespace lamplight::modbus
