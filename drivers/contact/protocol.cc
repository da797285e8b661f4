#include "drivers/contact/protocol.h"

#include "drivers/contact/driver.h"

namespace lamplight::contact {
namespace {

Result<std::unique_ptr<sdk::PolledDriver>> make_polled(const sdk::Configure& configure) {
  const auto setup = parse_setup(configure);
  if (!setup) return failure(setup.error());
  if (configure.devices.size() != 1) return failure("a contact port has exactly one device");
  const std::string at = configure.port.at;
  const bool is_address = at.starts_with("serial:") || at.starts_with("lines:");
  if (!is_address) return failure("at = \"" + at + "\": expected serial:PATH or lines:PATH");
  return std::make_unique<Driver>(*setup, [at] { return sdk::open_modem_lines(at); });
}

}  // namespace

sdk::Protocol protocol() {
  return {
      .name = "contact",
      .summary = "remote-alarm contact of a ventilator or pump, at a serial adapter's modem lines",
      .signals = signals_sent(),
      .options = {{"input", "text", "cts", "cts, dsr, dcd or ri: the line that reads the loop"},
                  {"contact", "text", "normally_closed", "normally_closed or normally_open"},
                  {"debounce", "duration", "300 ms", "how long it calls before that is told"},
                  {"drive", "text", "rts", "rts or dtr: the line that feeds the loop"},
                  {"supervised", "boolean", "true", "try the cable every 10 s"},
                  {"test_due", "duration", "720 h", "remind to try the contact after so long"}},
      .formats = {},
      .make_polled = make_polled};
}

}  // namespace lamplight::contact
