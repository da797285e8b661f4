// Any bytes given as a configuration are read or refused with diagnostics that can be printed,
// for the operator who edits the file by hand; nothing crashes and nothing is half accepted.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/config/config.h"
#include "rules/model/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outcome = lamplight::config::parse_config(text, "/etc/lamplight/fuzz.toml");
  LL_ASSERT(outcome.config.has_value() == outcome.diagnostics.empty());
  for (const auto& diagnostic : outcome.diagnostics) {
    const std::string shown = lamplight::rules::render(diagnostic);
    LL_ASSERT(shown.find("/etc/lamplight/fuzz.toml:") == 0);
    LL_ASSERT(!diagnostic.message.empty() && !diagnostic.fix.empty());
  }
  if (outcome.config) {
    LL_ASSERT(!outcome.config->home.empty() && !outcome.config->gateway.rules.empty());
#ifdef LL_PLANTED_BUG  // proves that the target reaches a device of a whole good configuration
    for (const auto& port : outcome.config->ports) {
      for (const auto& device : port.devices) LL_ASSERT(device.unit.value_or(1) < 100);
    }
#endif
  }
  return 0;
}
