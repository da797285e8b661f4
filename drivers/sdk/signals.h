// Names → ids of our own catalogue, for tables built once. A name outside the catalogue is our
// bug and stops the program at start.
#pragma once

#include <string_view>

#include "rules/model/assert.h"
#include "rules/model/catalogue.h"

namespace lamplight::sdk {

inline SignalId signal(Role role, std::string_view name) {
  const auto id = find_signal(role, name);
  LL_ASSERT(id.has_value());
  return *id;
}

}  // namespace lamplight::sdk
