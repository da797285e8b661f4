// Asks a driver that does not run what it can do: `DRIVER describe` of one that is not ours,
// `lamplight-driver check` of ours, each with a time limit. For --check only: it waits.
#pragma once

#include <string>
#include <vector>

#include "gateway/config/config.h"
#include "rules/model/result.h"

namespace lamplight {

struct DriverDescription {
  std::vector<std::string> options;  // port keys that it knows
  std::vector<Role> roles;           // of which it sends anything
};

// Takes at most about 5 s. A driver that says nothing of its signals, or speaks another version of
// the wire, is refused here and not at night. The error is a sentence without a full stop.
[[nodiscard]] Result<DriverDescription> describe_driver(const std::string& program);

// What our own driver would give up with if `port` had only this device: its register map for one.
// Empty: nothing. Takes at most about 5 s. The error is that the driver cannot be asked.
[[nodiscard]] Result<std::string> check_device(const config::Path& programs,
                                               const config::PortKeys& port,
                                               const config::DeviceKeys& device);

}  // namespace lamplight
