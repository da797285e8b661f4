// How a signal is called outside: ISO/IEEE 11073-10101 reference id and context-free code, UCUM
// unit, LOINC where we have seen it. Only numbers seen in a source or computed by the setting rule
// are here; a signal without one is published as urn:lamplight:signal:<role>.<name>.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/model/sample.h"

namespace lamplight::core {

struct Code {
  std::string_view path;       // of the catalogue: "oximeter.spo2"
  std::string_view reference;  // "MDC_PULS_OXIM_SAT_O2"
  uint32_t number = 0;
  std::string_view loinc;  // empty: none that was seen
};

// Nothing: the signal is published by its urn.
const Code* code_of(SignalId id);
std::string urn_of(SignalId id);
// The catalogue's unit in UCUM: "percent" → "%", "none" → "1"; empty for words and booleans.
std::string_view ucum_of(SignalId id);

}  // namespace lamplight::core
