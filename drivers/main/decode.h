// `lamplight-driver decode`: bytes of a file or of standard input → JSON lines on standard
// output (signal catalogue, section 4). No port, no clock, no core. A saved black box is read as
// the bytes it holds.
#pragma once

#include <string>

#include "drivers/sdk/protocol.h"

namespace lamplight::driver {

struct DecodeRequest {
  std::string protocol;
  bool is_hex = false;
  sdk::DecodeOptions options;
  std::string file;  // "-" is standard input
};

// nullptr: no protocol has such a format.
const sdk::DecodeFormat* find_format(std::string_view name,
                                     std::span<const sdk::Protocol> protocols);

// The exit code: 0 also with bad frames; 1 when there was input and no frame was good; 2 for
// unreadable input or usage. For 1 and 2 standard error says why.
int decode(const DecodeRequest& request, std::span<const sdk::Protocol> protocols);

}  // namespace lamplight::driver
