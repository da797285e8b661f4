// What was learned of a device by listening or asking, and the stanza that configures it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/main/usb_ports.h"
#include "drivers/sdk/decoder.h"
#include "drivers/sdk/protocol.h"

namespace lamplight::driver {

// Remembers who a device says it is, and of which role its readings are.
class Acquaintance : public sdk::Sink {
 public:
  void frame(MonoTime) override {}
  void sample(SignalId signal, sdk::Reading) override { role_ = signal_info(signal).role; }
  void fact(const sdk::Fact& fact) override;

  std::optional<Role> role() const { return role_; }
  const std::map<std::string, std::string>& identity() const { return identity_; }
  bool is_refused() const { return is_refused_; }

 private:
  std::optional<Role> role_;
  std::map<std::string, std::string> identity_;  // "serial", "model" …
  bool is_refused_ = false;                      // a map that is not this device's
};

struct FoundDevice {
  std::string driver;  // as the configuration names it: "nonin"
  std::string line;    // "9600,8N1"; empty for HID
  std::vector<std::pair<std::string, std::string>> options;  // of the port, as TOML values
  Role role = Role::oximeter;
  std::optional<int> unit;
  std::string map;
  std::map<std::string, std::string> identity;
  uint64_t frames_good = 0;
};

// `[[port]]` and its `[[port.device]]`, ready to be put into the configuration.
std::string stanza_of(const UsbPort& port, const FoundDevice& found);

}  // namespace lamplight::driver
