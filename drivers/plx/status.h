// The two status words of the Pulse Oximeter Service: what was done to make the number
// (measurement status), and what the device sees of itself and its sensor (device and sensor
// status, three bytes). Bits: protocols reference 1.5.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/model/quality.h"

namespace lamplight::plx {

struct Status {
  uint16_t measurement = 0;
  uint32_t sensor = 0;
};

// From its memory, a demonstration or a test: whatever the number is, it is not the child now.
bool is_not_live(const Status& status);
// Why no value of this measurement counts; none if it does.
Reason reason_without_value(const Status& status);
// The value is kept, at low quality.
bool is_doubted(const Status& status);

struct Named {
  std::string_view name;  // a condition, or a note
  uint32_t sensor;
};
// All conditions this service can say, and what it says that has no name among them.
std::span<const Named> conditions();
std::span<const Named> notes();

}  // namespace lamplight::plx
