// The devices there are: their names on the command line, what they can be, how their line runs.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "firmware-sim/device.h"

namespace lamplight::sim {

enum class Wire : uint8_t { stream, modbus };

struct Kind {
  std::string_view name;
  std::string_view roles;  // "oximeter", or several with blanks between
  Wire wire;
  int baud;
  std::string_view frame;
  std::string_view what;
};

std::span<const Kind> kinds();
const Kind* find_kind(std::string_view name);
bool may_be(const Kind& kind, Role role);

// `setup.kind` must be one of kinds().
std::unique_ptr<Device> make_device(DeviceSetup setup, Patient& patient, Truth& truth,
                                    Outlet& outlet);

}  // namespace lamplight::sim
