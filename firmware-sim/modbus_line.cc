#include "firmware-sim/modbus_line.h"

#include "firmware-sim/clock.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {

void ModbusLine::received(Peer peer, std::span<const uint8_t> bytes) {
  now_ = sim::now();
  host_speaks(now_, bytes.size());
  const Transport transport = port_->is_serial() ? Transport::rtu : Transport::tcp;
  RequestReader& reader = readers_.try_emplace(peer, transport).first->second;
  reader.feed(now_, bytes);
  while (auto request = reader.next()) {
    request->transport = transport;
    request->peer = peer;
    bool is_known = false;
    for (Device* d : devices_) {
      if (d->unit() != request->unit) continue;
      is_known = true;
      d->request(now_, *request);
    }
    if (is_known) continue;
    std::string facts;
    JsonWriter w(facts);
    w.key("unit").integer(request->unit).key("fc").integer(request->function);
    truth_.record(now_, "", "ignored", facts);
  }
}

}  // namespace lamplight::sim
