// A saved black box on a port again: the bytes that a device sent one night, in the pieces and at
// the distances in which they were read, with the cable out where it was out. It begins when
// somebody listens. What was written to the device then is not waited for. Streams only: of Modbus
// a box holds answers, not bytes.
#pragma once

#include <string>
#include <vector>

#include "firmware-sim/device.h"
#include "firmware-sim/loop.h"
#include "firmware-sim/port.h"
#include "rules/model/result.h"

namespace lamplight::sim {

struct ReplayEvent {
  enum class What : uint8_t { bytes, unplugged, plugged };
  Duration at;  // from the first event
  What what = What::bytes;
  Bytes bytes;
};
// The error names the line.
[[nodiscard]] Result<std::vector<ReplayEvent>> parse_recording(std::string_view text);

// Plays it to its end, or until `stop_fd` is readable, and prints where it is.
[[nodiscard]] Status play_recording(const std::vector<ReplayEvent>& events,
                                    const std::string& address, const std::string& link,
                                    int stop_fd);

}  // namespace lamplight::sim
