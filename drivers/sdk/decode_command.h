// A driver's `decode`: bytes of a file or of standard input → JSON lines on standard
// output (signal catalogue, section 4). No port, no clock, no core.
#pragma once

#include <string>

#include "drivers/sdk/protocol.h"

namespace lamplight::sdk {

struct DecodeRequest {
  std::string protocol;
  bool is_hex = false;
  DecodeOptions options;
  std::string file;  // "-" is standard input
};

// The exit code: 0 also with bad frames; 2 for unreadable input or usage, after saying why on
// standard error.
int decode(const DecodeRequest& request, std::span<const Protocol> protocols);

}  // namespace lamplight::sdk
