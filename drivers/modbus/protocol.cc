#include "drivers/modbus/protocol.h"

#include <array>

#include "drivers/modbus/driver.h"
#include "drivers/modbus/line_decoder.h"

namespace lamplight::modbus {

sdk::Protocol protocol() {
  sdk::Protocol row;
  row.name = "modbus";
  row.summary = "Modbus RTU and TCP devices by register map; monitors only, never writes";
  // A map decides what is sent: any signal of any role but the waveforms.
  for (size_t i = 0; i < catalogue().size(); ++i) {
    if (catalogue()[i].kind != SignalKind::waveform)
      row.signals.push_back(static_cast<SignalId>(i));
  }
  row.options = {
      {"timeout", "duration", "1 s", "response timeout of the bus, 50 ms to 10 s"},
      {"probe_timeout", "duration", "200 ms", "of a probe of a unit that has stopped answering"},
      {"gap", "duration", "5 ms", "between requests; 0 on TCP"},
  };
  row.formats = {
      {.name = "modbus",
       .make = [](const sdk::DecodeOptions& options) { return LineDecoder::make(options.map); },
       .input =
           "text, one reply a line: `UNIT FUNCTION ADDRESS COUNT : HEX`, ADDRESS from 0, HEX "
           "the COUNT registers of the reply without its frame, as in `1 4 100 2 : 4C01 0007`"}};
  row.make_polled = [](const sdk::Configure& configure) { return ModbusDriver::make(configure); };
  return row;
}

}  // namespace lamplight::modbus
