// What a device sends during a scenario, as a file for decoders, as fast as the machine computes:
// the raw bytes of a stream; of Modbus the lines that `lamplight decode modbus` reads, since its
// bytes mean nothing without their questions.
#pragma once

#include <cstdio>
#include <string>

#include "firmware-sim/rehearsal.h"

namespace lamplight::sim {

// One line of a good answer over RTU; empty: an exception, or broken.
std::string modbus_line_of(const Bytes& frame, uint16_t first);

// "-" is standard output. The error says what could not be written.
[[nodiscard]] Status write_as_fast(Rehearsal& rehearsal, Duration length, const std::string& path);

}  // namespace lamplight::sim
