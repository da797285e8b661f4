// One connection with one driver, as a pure function of its datagrams: what it may say (its own
// devices' samples and facts), what is refused and counted, what it is told. It does no I/O and
// reads no clock; the supervisor carries out what it returns.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/wire/codec.h"
#include "gateway/config/config.h"
#include "gateway/core/input.h"
#include "gateway/flood_meter.h"
#include "gateway/log.h"
#include "gateway/once_a_minute.h"
#include "rules/model/catalogue.h"
#include "rules/model/sample.h"

namespace lamplight {

struct OwnDevice {
  DeviceNumber number = 0;
  std::string id;
  Role role = Role::oximeter;
};

class DriverSession {
 public:
  // `port` and `devices` must outlive the session.
  DriverSession(const config::PortKeys& port, const std::vector<OwnDevice>& devices,
                std::string boot);

  // The first message, at once after start.
  std::string configure_json() const;

  // What one datagram comes to. `samples` lie in the session until the next call.
  struct Heard {
    DeviceNumber device = 0;
    std::span<const Sample> samples;       // to the core; may be fewer than were sent
    std::optional<core::DeviceFact> fact;  // to the core
    std::string reply;                     // JSON to send back
    std::optional<std::string> end;        // reply, then end the driver: why
    LogLevel log_level = LogLevel::info;
    std::string log;
  };
  Heard hear(MonoTime now, wire::Bytes datagram);

  bool is_welcome() const { return welcome_; }
  bool is_flooding(MonoTime now) const { return flood_.is_flooding(now); }
  uint64_t dropped() const { return flood_.dropped(); }
  uint64_t refused_samples() const { return refused_samples_; }
  uint64_t refused_messages() const { return refused_messages_; }
  const std::string& name() const { return name_; }

 private:
  void hear_json(MonoTime now, std::string_view json, Heard& heard);
  void hear_hello(const class JsonObject& message, Heard& heard);
  void hear_fact(MonoTime now, const class JsonObject& message, Heard& heard);
  void hear_samples(MonoTime now, const wire::SamplesView& view, Heard& heard);
  void hear_log(MonoTime now, const class JsonObject& message, Heard& heard);
  // Answered always, logged once a minute for each reason.
  void refuse(MonoTime now, std::string_view what, Heard& heard);
  const OwnDevice* own(int64_t number) const;
  std::string welcome_json() const;

  const config::PortKeys& port_;
  const std::vector<OwnDevice>& devices_;
  std::string boot_;
  std::string name_;
  bool welcome_ = false;
  FloodMeter flood_;
  OnceAMinute logged_;
  int log_lines_ = 0;
  MonoTime log_window_;
  uint64_t refused_samples_ = 0;
  uint64_t refused_messages_ = 0;
  std::vector<Sample> samples_;
};

// What is wrong with a sample that a driver of `role` sent at `now`; empty: nothing.
std::string_view fault_of(const Sample& sample, Role role, MonoTime now);

}  // namespace lamplight
