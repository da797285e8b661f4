// Asks a driver that is not ours what it is: runs `DRIVER describe`, with a time limit.
#pragma once

#include <string>
#include <vector>

#include "rules/model/result.h"

namespace lamplight {

struct DriverDescription {
  std::vector<std::string> options;  // port keys that it knows
};

// Takes at most about 5 s. The error is a sentence without a full stop.
[[nodiscard]] Result<DriverDescription> describe_driver(const std::string& program);

}  // namespace lamplight
