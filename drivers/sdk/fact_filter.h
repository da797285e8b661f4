// Facts are told once and then on change; a false one not before it has been true. Bounded: past
// kFactsMax different names, new ones are not told.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "drivers/sdk/reading.h"

namespace lamplight::sdk {

class FactFilter {
 public:
  static constexpr size_t kFactsMax = 1024;
  // True if the fact says something new; it is then remembered.
  bool is_news(const Fact& fact);
  // Facts of this kind will be news again.
  void forget(FactKind kind);

 private:
  std::map<std::string, std::string, std::less<>> said_;  // kind and name → text and presence
};

}  // namespace lamplight::sdk
