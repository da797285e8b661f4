// The three simulated devices with their lines, and the drivers' real decoders behind them: what
// the patient does becomes bytes, the bytes are damaged, the decoders make samples of them, the
// samples go through the wire codec and out as an input of the core.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/masimo/decoder.h"
#include "drivers/modbus/unit_poller.h"
#include "firmware-sim/device.h"
#include "firmware-sim/modbus_frame.h"
#include "gateway/core/input.h"
#include "tests/sim/world.h"

namespace lamplight::world {

inline constexpr size_t kDevices = 3;  // 0 oximeter, 1 ventilator, 2 pump; numbers are one more

class Bedside {
 public:
  using ToCore = std::function<void(const core::Input&)>;
  Bedside(World& world, uint64_t seed);
  ~Bedside();

  // A new lamplightd with new drivers, whose numbers begin at 0; or the end of both.
  void drivers_begin(ToCore to_core);
  void drivers_die();
  // One driver's process ends, told by its supervisor, or comes back.
  void driver(size_t device, bool alive);
  void hang(size_t device, bool on);
  void garble(size_t device, bool on) { state_[device].garbled = on; }
  void silence(size_t device, bool on) { state_[device].silent = on; }
  void flood(size_t device);

  sim::Patient& patient() { return patient_; }
  void condition(size_t device, std::string_view name, bool present);
  void set(size_t device, std::string_view signal, int32_t value);

  // A bit of the oximeter's line of that instant was turned. The line has no checksum: a turned bit
  // of "sensor off" leaves digits that nobody can tell from a reading.
  bool was_forged(int64_t world_ns) const { return forged_.contains(world_ns); }

  bool planted_zero = false;  // I3: a missing value goes out as the last number, quality ok

 private:
  struct State {
    bool alive = false, hung = false, garbled = false, silent = false;
    bool link_up = false, link_known = false;
    MonoTime last_frame;
    uint32_t number = 0;
    std::vector<Sample> batch;  // of the frame being read
    std::vector<Sample> held;   // by a driver that hangs
    std::vector<int32_t> last;  // newest number a signal, for the planted bug
    std::vector<SignalId> seen;
    std::optional<std::vector<uint8_t>> answer;  // of the poll under way
  };
  class Collector;
  class Lines;

  void tick(size_t device);
  void poll(size_t device);
  void judge_silence(size_t device);
  void flush(size_t device);
  void link(size_t device, bool up, const std::string& why);
  void lose(size_t device, const std::string& why);
  void begin_driver(size_t device);
  void answered(size_t device, const modbus::Request& request);
  void arrived(const sim::Device& from, std::vector<uint8_t> bytes);

  World& world_;
  ToCore to_core_;
  sim::Truth truth_{false};
  sim::Patient patient_;
  std::unique_ptr<Lines> lines_;
  std::array<State, kDevices> state_;
  std::array<std::unique_ptr<sim::Device>, kDevices> devices_;
  std::array<std::unique_ptr<Collector>, kDevices> collectors_;
  std::unique_ptr<masimo::Decoder> masimo_;
  std::array<modbus::RegisterMap, kDevices> maps_;
  std::array<std::unique_ptr<modbus::UnitPoller>, kDevices> pollers_;
  std::array<uint64_t, kDevices> life_{};
  std::set<int64_t> forged_;  // lines of the oximeter
};

}  // namespace lamplight::world
