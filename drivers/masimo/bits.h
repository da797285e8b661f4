// What the bits of ALARM and EXC mean to us: conditions, notes, and the reason why a value is no
// value. Source: protocols reference 1.1 (EXC 0x000001–0x000800 Rad-8 manual, the rest MD PnP).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/model/quality.h"

namespace lamplight::masimo {

inline constexpr uint32_t kAlarmSilenced = 0x0020;
inline constexpr uint32_t kAlarmReserved = 0xFFFFC080;  // and what no source names
inline constexpr uint32_t kExcReserved = 0xFF800200;

// Present when any of these bits is set in its field.
struct Named {
  std::string_view name;
  uint32_t alarm;
  uint32_t exc;
};
std::span<const Named> conditions();  // without "alarm."
std::span<const Named> notes();

// none: the printed values may be used.
Reason reason_without_value(uint32_t exc);
// The device doubts the values it prints.
bool is_doubted(uint32_t exc);

}  // namespace lamplight::masimo
