// What a decoder says: readings of signals, and facts beside them. A reading is a value, a
// doubted value, or missing for exactly one reason; it cannot be built any other way.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/model/quality.h"

namespace lamplight::sdk {

class Reading {
 public:
  // `value` in the catalogue's step: SpO2 88.5 % is 885. Booleans are 0 or 1.
  static constexpr Reading ok(int32_t value) { return {value, Quality::ok, Reason::none}; }
  static constexpr Reading low(int32_t value) { return {value, Quality::low, Reason::none}; }
  static constexpr Reading missing(Reason reason) { return {0, Quality::missing, reason}; }

  constexpr bool is_missing() const { return quality_ == Quality::missing; }
  constexpr int32_t value() const { return value_; }  // 0 when missing; not to be read then
  constexpr Quality quality() const { return quality_; }
  constexpr Reason reason() const { return reason_; }
  bool operator==(const Reading&) const = default;

 private:
  constexpr Reading(int32_t value, Quality quality, Reason reason)
      : value_(value), quality_(quality), reason_(reason) {}
  int32_t value_;
  Quality quality_;
  Reason reason_;
};

// What is no signal: who the device is, and what it says that has no condition name. Kinds that
// the driver's loop says itself (link, gap, counters) are its own business, not a decoder's.
enum class FactKind : uint8_t { identity, note, restarted, refused };
std::string_view name_of(FactKind kind);

// Views are valid during the call only.
struct Fact {
  FactKind kind = FactKind::note;
  std::string_view name;
  std::string_view text = {};
  std::optional<bool> present = {};  // a note without it happened: it has no end, again is news
};

}  // namespace lamplight::sdk
