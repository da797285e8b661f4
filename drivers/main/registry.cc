#include "drivers/main/registry.h"

#include "drivers/cms50/protocol.h"
#include "drivers/contact/protocol.h"
#include "drivers/masimo/protocol.h"
#include "drivers/medibus/protocol.h"
#include "drivers/modbus/protocol.h"
#include "drivers/nellcor/protocol.h"
#include "drivers/nonin/protocol.h"
#include "drivers/pb840/protocol.h"

namespace lamplight::driver {

std::vector<sdk::Protocol> registry() {
  return {
      masimo::protocol(), modbus::protocol(), nonin::protocol(),   nellcor::protocol(),
      cms50::protocol(),  pb840::protocol(),  medibus::protocol(), contact::protocol(),
  };
}

}  // namespace lamplight::driver
