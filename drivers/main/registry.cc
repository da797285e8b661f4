#include "drivers/main/registry.h"

#include "drivers/alaris/protocol.h"
#include "drivers/base_a/protocol.h"
#include "drivers/cms50/protocol.h"
#include "drivers/contact/protocol.h"
#include "drivers/masimo/protocol.h"
#include "drivers/medibus/protocol.h"
#include "drivers/modbus/protocol.h"
#include "drivers/nellcor/protocol.h"
#include "drivers/nonin/protocol.h"
#include "drivers/pb840/protocol.h"
#include "drivers/pb840_wave/protocol.h"
#include "drivers/pirds/decoder.h"
#include "drivers/plx/decoder.h"

namespace lamplight::driver {
namespace {

template <plx::Characteristic kCharacteristic>
Result<std::unique_ptr<sdk::Decoder>> make_plx(const sdk::DecodeOptions&) {
  return std::make_unique<plx::Decoder>(kCharacteristic);
}

Result<std::unique_ptr<sdk::Decoder>> make_pirds(const sdk::DecodeOptions&) {
  return std::make_unique<pirds::Decoder>();
}

}  // namespace

std::vector<sdk::Protocol> registry() {
  return {
      masimo::protocol(),     modbus::protocol(), nonin::protocol(),   nellcor::protocol(),
      cms50::protocol(),      pb840::protocol(),  medibus::protocol(), contact::protocol(),
      pb840_wave::protocol(), alaris::protocol(), base_a::protocol(),
  };
}

std::vector<sdk::Protocol> decode_registry() {
  auto all = registry();
  all.push_back({.name = "plx",
                 .summary = "Bluetooth LE Pulse Oximeter Service 0x1822",
                 .signals = plx::signals_sent(),
                 .options = {},
                 .formats = {{"plx-2a5f", make_plx<plx::Characteristic::continuous>},
                             {"plx-2a5e", make_plx<plx::Characteristic::spot_check>}}});
  all.push_back({.name = "pirds",
                 .summary = "PIRDS lines of DIY ventilators and test lungs",
                 .signals = pirds::signals_sent(),
                 .options = {},
                 .formats = {{"pirds", make_pirds}}});
  return all;
}

}  // namespace lamplight::driver
