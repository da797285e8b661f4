// From what the command line asks for to the objects: which port an address means, which line a
// kind of device needs.
#pragma once

#include <memory>
#include <string>

#include "firmware-sim/kinds.h"
#include "firmware-sim/line.h"
#include "firmware-sim/simulator.h"

namespace lamplight::sim {

std::unique_ptr<Line> make_line(const Kind& kind, const PortRequest& request, LineSettings settings,
                                Truth& truth);
[[nodiscard]] Result<std::unique_ptr<Port>> make_port(Loop& loop, PortUser& user,
                                                      const PortRequest& request);

// "pump=lfp1@pty?unit=2&serial=X" to requests; the port is added unless it is one of `buses`.
[[nodiscard]] Status add_device(std::string_view text, SimulatorSettings& settings);
// "b1=pty"
[[nodiscard]] Status add_bus(std::string_view text, SimulatorSettings& settings);
// "oximeter=/tmp/ox", or a path alone when there is one port.
[[nodiscard]] Status add_link(std::string_view text, SimulatorSettings& settings);
// "ventilator.pip 18 40 every 250 ms"
[[nodiscard]] Status add_changes(std::string_view text, SimulatorSettings& settings);

}  // namespace lamplight::sim
