#include "tests/sim/bedside.h"

#include <algorithm>

#include "drivers/sdk/wire/codec.h"
#include "firmware-sim/kinds.h"
#include "rules/model/assert.h"

namespace lamplight::world {
namespace {
constexpr Role kRoles[kDevices] = {Role::oximeter, Role::ventilator, Role::pump};
constexpr const char* kKinds[kDevices] = {"rad8", "lvp1", "lfp1"};
constexpr const char* kMaps[kDevices] = {"", "lvp-1", "lfp-1"};
constexpr Duration kSilence = seconds(3);  // Masimo: no line for 3 s is link_lost
}  // namespace

// The devices' outlet: their frames, on the way to the host.
class Bedside::Lines : public sim::Outlet {
 public:
  explicit Lines(Bedside& bedside) : bedside_(bedside) {}
  void send(MonoTime, const sim::Device& from, sim::Frame frame, const sim::Delivery&) override {
    bedside_.arrived(from, std::move(frame.bytes));
  }

 private:
  Bedside& bedside_;
};

// What a decoder says of one device, until the datagram is sent.
class Bedside::Collector : public sdk::Sink {
 public:
  Collector(Bedside& bedside, size_t device) : bedside_(bedside), device_(device) {}
  void frame(MonoTime at) override {
    at_ = at;
    bedside_.state_[device_].last_frame = at;
    bedside_.link(device_, true, "frames");
  }
  void sample(SignalId signal, sdk::Reading reading) override {
    State& state = bedside_.state_[device_];
    if (state.last.size() <= signal) state.last.resize(catalogue().size(), 0);
    Sample s{at_, reading.value(), signal, reading.quality(), reading.reason(), 0};
    if (reading.is_missing()) {
      if (bedside_.planted_zero && signal_info(signal).kind == SignalKind::numeric) {
        s.value = state.last[signal];
        s.quality = Quality::ok;
        s.reason = Reason::none;
      }
    } else {
      state.last[signal] = reading.value();
    }
    state.batch.push_back(s);
  }
  void fact(const sdk::Fact& fact) override {
    if (!bedside_.to_core_) return;
    core::DeviceFact out{.device = static_cast<DeviceNumber>(device_ + 1),
                         .name = std::string(fact.name),
                         .text = std::string(fact.text)};
    out.present = fact.present.value_or(true);
    switch (fact.kind) {
      case sdk::FactKind::identity:
        out.kind = core::FactKind::identity;
        break;
      case sdk::FactKind::note:
        out.kind = core::FactKind::note;
        break;
      case sdk::FactKind::restarted:
        out.kind = core::FactKind::restarted;
        break;
      case sdk::FactKind::refused:
        out.kind = core::FactKind::refused;
        break;
    }
    bedside_.to_core_(out);
  }
  void read_at(MonoTime at) { at_ = at; }

 private:
  Bedside& bedside_;
  size_t device_;
  MonoTime at_;
};

Bedside::Bedside(World& world, uint64_t seed)
    : world_(world), patient_(seed, world.now()), lines_(std::make_unique<Lines>(*this)) {
  for (size_t i = 0; i < kDevices; ++i) {
    sim::DeviceSetup setup;
    setup.role = kRoles[i];
    setup.kind = kKinds[i];
    setup.seed = seed + i;
    setup.decides_alarms = false;
    setup.started = world.now();
    setup.clock_at_start = 1'700'000'000;
    devices_[i] = sim::make_device(setup, patient_, truth_, *lines_);
    collectors_[i] = std::make_unique<Collector>(*this, i);
    if (i > 0) {
      auto map = modbus::load_map(kMaps[i]);
      LL_ASSERT(map.has_value());
      LL_ASSERT(modbus::bind_to_role(*map, kRoles[i]).has_value());
      maps_[i] = std::move(*map);
    }
    tick(i);
  }
}

Bedside::~Bedside() = default;

void Bedside::tick(size_t device) {
  world_.at(devices_[device]->deadline(), [this, device] {
    patient_.advance(world_.now());
    devices_[device]->tick(world_.now());
    tick(device);
  });
}

void Bedside::drivers_begin(ToCore to_core) {
  to_core_ = std::move(to_core);
  for (size_t i = 0; i < kDevices; ++i) begin_driver(i);
}

void Bedside::drivers_die() {
  to_core_ = nullptr;
  for (size_t i = 0; i < kDevices; ++i) {
    ++life_[i];
    state_[i].alive = false;
  }
}

void Bedside::begin_driver(size_t device) {
  State& state = state_[device];
  ++life_[device];
  const bool garbled = state.garbled;
  const bool silent = state.silent;
  state = State{};
  state.alive = true;
  state.garbled = garbled;
  state.silent = silent;
  state.last_frame = world_.now();
  to_core_(
      core::ChildChange{.name = kKinds[device], .state = core::ChildState::started, .why = {}});
  if (device == 0) {
    masimo_ = std::make_unique<masimo::Decoder>();
    judge_silence(device);
  } else {
    modbus::UnitSettings settings;
    settings.role = kRoles[device];
    pollers_[device] = std::make_unique<modbus::UnitPoller>(maps_[device], settings,
                                                            *collectors_[device], world_.now());
    poll(device);
  }
}

void Bedside::driver(size_t device, bool alive) {
  if (!to_core_ || state_[device].alive == alive) return;
  if (alive) return begin_driver(device);
  ++life_[device];
  state_[device].alive = false;
  to_core_(core::ChildChange{kKinds[device], core::ChildState::died, "killed", 0});
}

void Bedside::hang(size_t device, bool on) {
  State& state = state_[device];
  state.hung = on;
  if (on || !state.alive || !to_core_) return;
  state.batch.insert(state.batch.begin(), state.held.begin(), state.held.end());
  state.held.clear();
  flush(device);
}

void Bedside::flood(size_t device) {
  State& state = state_[device];
  if (!state.alive || !to_core_ || state.seen.empty()) return;
  for (int i = 0; i < 3000; ++i) {
    const SignalId signal = state.seen[static_cast<size_t>(i) % state.seen.size()];
    state.batch.push_back({world_.now(), 0, signal, Quality::missing, Reason::device_fault, 0});
  }
  flush(device);
}

void Bedside::condition(size_t device, std::string_view name, bool present) {
  const auto id = find_signal(kRoles[device], "alarm." + std::string(name));
  LL_ASSERT(id.has_value());
  // A device that cannot say it says nothing: no fault of this test.
  static_cast<void>(
      devices_[device]->apply(sim::Word{sim::ConditionWord{*id, present}}, world_.now()));
}

void Bedside::set(size_t device, std::string_view signal, int32_t value) {
  const auto id = find_signal(kRoles[device], signal);
  LL_ASSERT(id.has_value());
  static_cast<void>(devices_[device]->apply(
      sim::Word{sim::SetWord{.signal = *id, .value = value, .over = {}, .of_patient = false}},
      world_.now()));
}

void Bedside::arrived(const sim::Device& from, std::vector<uint8_t> bytes) {
  const size_t device = from.role() == Role::oximeter ? 0 : (from.role() == Role::pump ? 2 : 1);
  State& state = state_[device];
  if (state.silent) return;
  if (state.garbled && !bytes.empty() && world_.dice.one_in(3)) {
    const auto at =
        static_cast<size_t>(world_.dice.between(0, static_cast<int64_t>(bytes.size()) - 1));
    if (world_.dice.one_in(2)) {
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1U << world_.dice.between(0, 7)));
      if (device == 0) forged_.insert(world_.now().ns);
    } else {
      bytes.resize(at);
    }
  }
  if (device > 0) {
    state.answer = std::move(bytes);
  } else if (state.alive) {
    masimo_->feed(bytes, world_.now(), *collectors_[0]);
    flush(0);
  }
}

void Bedside::judge_silence(size_t device) {
  world_.after(milliseconds(250), [this, device, life = life_[device]] {
    if (life != life_[device]) return;
    if (world_.now() - state_[device].last_frame > kSilence) lose(device, "no line for 3 s");
    judge_silence(device);
  });
}

void Bedside::poll(size_t device) {
  world_.at(pollers_[device]->due(), [this, device, life = life_[device]] {
    if (life != life_[device]) return;
    const modbus::Request request = pollers_[device]->request();
    state_[device].answer.reset();
    patient_.advance(world_.now());
    sim::ModbusRequest asked;
    asked.unit = static_cast<uint8_t>(request.unit);
    asked.function = 4;
    asked.first = request.first;
    asked.count = request.count;
    devices_[device]->request(world_.now(), asked);
    const bool comes = state_[device].answer.has_value();
    world_.after(comes ? milliseconds(8) : seconds(1), [this, device, request, life] {
      if (life != life_[device]) return;
      answered(device, request);
      poll(device);
    });
  });
}

void Bedside::answered(size_t device, const modbus::Request& request) {
  State& state = state_[device];
  modbus::UnitPoller& poller = *pollers_[device];
  const MonoTime now = world_.now();
  collectors_[device]->read_at(now);
  if (!state.answer) {
    poller.failed(now, {modbus::PollError::timeout, 0});
  } else {
    const std::vector<uint8_t>& bytes = *state.answer;
    const size_t length = 3 + request.count * 2U + 2;
    const bool whole = bytes.size() == length && bytes[0] == request.unit && bytes[1] == 4 &&
                       sim::modbus_crc(bytes) == 0;
    if (whole) {
      std::vector<uint16_t> values(request.count);
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<uint16_t>(bytes[3 + i * 2] << 8 | bytes[4 + i * 2]);
      }
      poller.reply(now, values);
    } else {
      poller.failed(now, {modbus::PollError::broken, 0});
    }
  }
  if (const auto change = poller.take_link_change(); change && !change->is_up) {
    lose(device, change->why);
  }
  flush(device);
}

void Bedside::link(size_t device, bool up, const std::string& why) {
  State& state = state_[device];
  if (state.link_known && state.link_up == up) return;
  state.link_known = true;
  state.link_up = up;
  if (!to_core_) return;
  to_core_(core::DeviceFact{.device = static_cast<DeviceNumber>(device + 1),
                            .kind = up ? core::FactKind::link_up : core::FactKind::link_down,
                            .name = {},
                            .text = why});
}

// The driver says that its device is gone: every signal it had sent is missing.
void Bedside::lose(size_t device, const std::string& why) {
  State& state = state_[device];
  if (state.link_known && !state.link_up) return;
  link(device, false, why);
  for (const SignalId signal : state.seen) {
    state.batch.push_back({world_.now(), 0, signal, Quality::missing, Reason::link_lost, 0});
  }
  flush(device);
}

void Bedside::flush(size_t device) {
  State& state = state_[device];
  if (state.batch.empty()) return;
  for (const Sample& sample : state.batch) {
    if (std::find(state.seen.begin(), state.seen.end(), sample.signal) == state.seen.end()) {
      state.seen.push_back(sample.signal);
    }
  }
  if (state.hung) {
    state.held.insert(state.held.end(), state.batch.begin(), state.batch.end());
    state.batch.clear();
    return;
  }
  if (!state.alive || !to_core_) {
    state.batch.clear();
    return;
  }
  // Through the real codec, a datagram at a time.
  std::vector<Sample> batch;
  batch.swap(state.batch);
  size_t at = 0;
  while (at < batch.size()) {
    std::vector<uint8_t> buffer(limits::kDatagramMax);
    wire::SamplesWriter writer(static_cast<DeviceNumber>(device + 1), buffer);
    while (at < batch.size() && writer.count() < core::kInputSamplesMax) {
      Sample sample = batch[at];
      sample.number = state.number++;
      if (!writer.add(sample)) break;
      ++at;
    }
    const auto message = wire::decode(writer.finish());
    LL_ASSERT(message.has_value());
    std::vector<Sample> samples;
    for (size_t i = 0; i < message->samples.size(); ++i) samples.push_back(message->samples[i]);
    to_core_(core::SamplesIn{message->samples.device(), samples});
    if (!to_core_) return;  // that input was its last
  }
}

}  // namespace lamplight::world
