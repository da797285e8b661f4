// Hearing a port out: opens it with one line setting after the other and listens, and, only if it
// was told to, asks as one protocol's driver would. Listening writes nothing.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "drivers/main/found_device.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::driver {

struct Heard {
  std::optional<FoundDevice> found;
  uint64_t bytes = 0;  // that came at all
  bool is_asked = false;
};

struct Question {
  std::string protocol;     // "pb840", "modbus" …
  std::string line;         // "9600,8N1"; empty: the usual ones of that protocol
  std::string map;          // of Modbus; empty: every shipped one
  std::optional<int> unit;  // of Modbus
};
// The protocols that can be asked, in the order of their names.
std::vector<std::string_view> askable();

// A HID device is asked only as what has reports: another protocol's bytes would be a report all
// the same, to a keyboard or a power supply.
bool can_be_asked(const UsbPort& port, std::string_view protocol);

// The error is of the port: busy, no permission, gone. `longest`: on one line at most so long.
[[nodiscard]] Result<Heard> listen(const UsbPort& port, Duration longest,
                                   std::span<const sdk::Protocol> protocols);
[[nodiscard]] Result<Heard> ask(const UsbPort& port, const Question& question, Duration longest,
                                std::span<const sdk::Protocol> protocols);

}  // namespace lamplight::driver
