#include "drivers/sdk/port.h"

namespace lamplight::sdk {

Result<std::unique_ptr<Port>> open_port(const PortAddress& address) {
  if (const auto* serial = std::get_if<SerialAddress>(&address)) return open_serial(*serial);
  if (const auto* hid = std::get_if<HidAddress>(&address)) return open_hid(*hid);
  return open_tcp(std::get<TcpAddress>(address));
}

}  // namespace lamplight::sdk
