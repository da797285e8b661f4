// What a sample is worth, as one byte: 0 ok, 1 to 10 missing (the number is the Reason), 128 of low
// quality, which is a value like any other. The store's format and the columns of a replay keep
// quality and reason so (gateway/store/FORMAT.md).
#pragma once

#include <cstdint>

#include "rules/model/quality.h"

namespace lamplight {

inline constexpr uint8_t kWorthOk = 0;
inline constexpr uint8_t kWorthLow = 128;

constexpr bool has_value(uint8_t worth) { return worth == kWorthOk || worth == kWorthLow; }

// A missing sample has a reason by contract; one without is kept as missing all the same.
constexpr uint8_t worth_of(Quality quality, Reason reason) {
  if (quality == Quality::ok) return kWorthOk;
  if (quality == Quality::low) return kWorthLow;
  return static_cast<uint8_t>(reason == Reason::none ? Reason::never : reason);
}

constexpr Quality quality_of(uint8_t worth) {
  if (worth == kWorthOk) return Quality::ok;
  return worth == kWorthLow ? Quality::low : Quality::missing;
}

constexpr Reason reason_of(uint8_t worth) {
  return has_value(worth) ? Reason::none : static_cast<Reason>(worth);
}

}  // namespace lamplight
