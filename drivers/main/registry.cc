#include "drivers/main/registry.h"

#include "drivers/masimo/protocol.h"

namespace lamplight::driver {

std::vector<sdk::Protocol> registry() {
  return {
      masimo::protocol(),
  };
}

}  // namespace lamplight::driver
