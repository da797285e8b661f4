// `lamplight-driver devices`: every USB port with what USB says of it, what speaks there, and the
// stanza for the configuration. Standard output is TOML: what is not a stanza is a comment, so it
// can be put into the configuration as it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/main/listen.h"

namespace lamplight::driver {

struct DevicesRequest {
  std::vector<std::string> ports;  // paths; empty: every USB port
  std::string ask;                 // a protocol; empty: nothing is written
  Question question;
  double seconds = 10;  // on one line at most
  std::string sysfs = "/sys", dev = "/dev";
  std::string out;  // a file for the same text; empty: none
  bool json = false;
};

// The exit code: 0 every port was heard out, 1 there is none or one could not be opened, 2 usage.
int devices(const DevicesRequest& request, std::span<const sdk::Protocol> protocols);

}  // namespace lamplight::driver
