// One reading as it crosses the wire: what, how much, how good, and when it was measured.
// A missing reading has value 0 that nobody may read; `reason` says why it is missing.
#pragma once

#include <cstdint>

#include "rules/model/quality.h"
#include "rules/model/time.h"

namespace lamplight {

using DeviceNumber = uint16_t;  // given by the core in `welcome`, from 1, in configuration order
using SignalId = uint16_t;      // index into the catalogue (catalogue.h)

struct Sample {
  MonoTime measured_at;  // driver's CLOCK_BOOTTIME of the read; never re-stamped
  int32_t value = 0;     // in the catalogue's step: SpO2 88.5 % is 885
  SignalId signal = 0;
  Quality quality = Quality::missing;
  Reason reason = Reason::never;
  uint32_t number = 0;  // counts samples per device, dense: a hole is a counted loss
  bool operator==(const Sample&) const = default;
};

}  // namespace lamplight
