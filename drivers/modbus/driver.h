// The Modbus driver of one bus: one request at a time, each unit by its own poller, a dead unit
// never in its neighbours' way. Monitor only.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "drivers/modbus/bus.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/wire/black_box.h"

namespace lamplight::modbus {

class ModbusDriver : public sdk::PolledDriver {
 public:
  // Errors say what to change in the configuration.
  [[nodiscard]] static Result<std::unique_ptr<sdk::PolledDriver>> make(
      const sdk::Configure& configure);
  // The same on a bus of the caller's, whose clock is then the driver's.
  [[nodiscard]] static Result<std::unique_ptr<sdk::PolledDriver>> make(
      const sdk::Configure& configure, std::unique_ptr<Bus> bus);

  MonoTime work(MonoTime now, sdk::BusSink& sink) override;
  Duration longest_timeout() const override { return timeout_; }

 private:
  struct Unit;
  ModbusDriver() = default;
  [[nodiscard]] Status add_unit(const sdk::DeviceConfigure& device, Duration period);
  MonoTime open(sdk::BusSink& sink);
  void lose_port(MonoTime at, sdk::BusSink& sink, const std::string& why);
  void ask(Unit& unit, Duration timeout, sdk::BusSink& sink);
  bool is_full_probe(const Unit& unit) const;
  Duration probe_for(const Unit& unit, Duration slack) const;
  Unit* most_due(bool is_quarantined);
  // What was asked and what came of it, into the black box.
  void keep(const Request& request, Bus::Outcome outcome, const Failure& failure, MonoTime at);

  std::unique_ptr<Bus> bus_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<uint16_t> registers_;
  Duration timeout_ = seconds(1);
  Duration probe_timeout_ = milliseconds(200);
  Duration gap_ = milliseconds(5);
  Duration back_off_ = milliseconds(250);
  MonoTime not_before_;
  std::minstd_rand jitter_;
  bool told_lost_ = false;  // and nothing has been heard since
  std::string told_warning_;
  std::unique_ptr<wire::BlackBox> box_;  // none: nullptr
};

}  // namespace lamplight::modbus
