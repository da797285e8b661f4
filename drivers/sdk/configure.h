// The `configure` message of the core, read once: which port, which devices, which options.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/catalogue.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::sdk {

struct PortConfigure {
  std::string name;
  std::string driver;
  std::string at;
  Duration period = seconds(1);
  std::string black_box;       // file of its ring; empty: none is kept
  size_t black_box_bytes = 0;  // of the ring
};

struct DeviceConfigure {
  std::string id;
  Role role = Role::oximeter;
  std::optional<int> unit;
  std::string map;
  std::string serial;  // enrolled serial number; empty: any
};

struct Configure {
  PortConfigure port;
  std::vector<DeviceConfigure> devices;
  // Text of each option: strings as they are, numbers and booleans as JSON writes them.
  std::map<std::string, std::string, std::less<>> options;

  // Nothing if the option was not given.
  std::optional<std::string_view> option(std::string_view name) const;
};

// The error says which key is wrong and what was expected.
[[nodiscard]] Result<Configure> parse_configure(std::string_view json);

// "1 s", "250 ms", "0.5 s", "2 min": exact, to the nanosecond.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

}  // namespace lamplight::sdk
