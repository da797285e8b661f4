#include "firmware-sim/wiring.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "firmware-sim/modbus_line.h"
#include "firmware-sim/word.h"

namespace lamplight::sim {
namespace {

// "a=b" split at the first '='.
std::pair<std::string_view, std::string_view> split_at(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool is_address(std::string_view a) {
  return a == "pty" || a.substr(0, 4) == "tcp:" || a.substr(0, 7) == "serial:" ||
         a.substr(0, 6) == "lines:" || a.substr(0, 4) == "hid:";
}

Status bad_address(std::string_view address) {
  return failure("no port " + in_quotes(address) +
                 "; write pty, tcp:127.0.0.1:0, serial:/dev/pts/7, lines:/tmp/contact, "
                 "hid:/tmp/oximeter, or the name of a --bus");
}

Result<int> number_of(std::string_view text, int max) {
  int value = -1;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || value < 0 || value > max) {
    return failure(in_quotes(text) + " is not a number from 0 to " + std::to_string(max));
  }
  return value;
}

PortRequest* find_port(SimulatorSettings& settings, std::string_view name) {
  for (PortRequest& p : settings.ports) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

std::string kind_names() {
  std::string out;
  for (const Kind& k : kinds()) out += (out.empty() ? "" : ", ") + std::string(k.name);
  return out;
}

Status read_options(std::string_view text, DeviceRequest& device) {
  static constexpr std::string_view kKnown[] = {"unit",    "serial",  "watchdog",
                                                "version", "pattern", "flags"};
  while (!text.empty()) {
    const auto [option, rest] = split_at(text, '&');
    text = rest;
    const auto [key, value] = split_at(option, '=');
    if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
      return failure("no option " + in_quotes(key) + "; there are: " + list_of(kKnown));
    }
    if (key == "unit") {
      const auto unit = number_of(value, 247);
      if (!unit) return failure("unit: " + unit.error());
      device.unit = *unit;
    } else {
      device.options[std::string(key)] = std::string(value);
    }
  }
  return {};
}

Status share_port(const DeviceRequest& device, const SimulatorSettings& settings) {
  for (const DeviceRequest& other : settings.devices) {
    if (other.role == device.role) {
      return failure("two devices are the " + std::string(name_of(device.role)) +
                     "; a patient has one of each role");
    }
    if (other.port != device.port) continue;
    const bool both_modbus =
        find_kind(other.kind)->wire == Wire::modbus && find_kind(device.kind)->wire == Wire::modbus;
    if (!both_modbus) return failure("only Modbus devices share a bus");
    if (other.unit == device.unit) {
      return failure("two devices on " + device.port + " are unit " + std::to_string(device.unit) +
                     "; give one ?unit=2");
    }
  }
  return {};
}

}  // namespace

Status add_device(std::string_view text, SimulatorSettings& settings) {
  const auto [role_word, rest] = split_at(text, '=');
  const auto [kind_word, where] = split_at(rest, '@');
  const auto [address, options] = split_at(where, '?');
  const auto role = lamplight::role_of(role_word);
  if (!role || address.empty()) {
    return failure(in_quotes(text) +
                   " is no device; write ROLE=KIND@PORT, such as oximeter=rad8@pty");
  }
  const Kind* kind = find_kind(kind_word);
  if (kind == nullptr) {
    return failure("no kind of device " + in_quotes(kind_word) + "; there are: " + kind_names());
  }
  if (!may_be(*kind, *role)) {
    return failure("a " + std::string(kind->name) + " is no " + std::string(role_word) +
                   "; it can be: " + std::string(kind->roles));
  }
  DeviceRequest device{*role, std::string(kind->name), {}, 1, {}};
  if (Status s = read_options(options, device); !s) return s;
  if (is_address(address)) {
    device.port = std::string(role_word);
    settings.ports.push_back({device.port, std::string(address), {}});
  } else if (find_port(settings, address) != nullptr) {
    device.port = std::string(address);
  } else {
    return bad_address(address);
  }
  if (Status s = share_port(device, settings); !s) return s;
  settings.devices.push_back(std::move(device));
  return {};
}

Status add_bus(std::string_view text, SimulatorSettings& settings) {
  const auto [name, address] = split_at(text, '=');
  if (name.empty() || !is_address(address)) {
    return failure(in_quotes(text) + " is no bus; write NAME=PORT, such as b1=pty");
  }
  if (find_port(settings, name) != nullptr)
    return failure("two buses are called " + in_quotes(name));
  settings.ports.push_back({std::string(name), std::string(address), {}});
  return {};
}

Status add_link(std::string_view text, SimulatorSettings& settings) {
  auto [name, path] = split_at(text, '=');
  if (path.empty() && settings.ports.size() == 1) {
    path = name;
    name = settings.ports[0].name;
  }
  PortRequest* port = find_port(settings, name);
  if (port == nullptr || path.empty()) {
    return failure(in_quotes(text) +
                   " is no link; write ROLE=PATH or BUS=PATH, such as "
                   "oximeter=/tmp/oximeter");
  }
  if (port->address != "pty") {
    return failure("only a pty has a link; " + std::string(name) + " is " + port->address);
  }
  port->link = std::string(path);
  return {};
}

Status add_changes(std::string_view text, SimulatorSettings& settings) {
  std::istringstream in{std::string(text)};
  std::string name, low, high, every, number, unit;
  in >> name >> low >> high >> every >> number >> unit;
  const std::string remedy = "; write it like 'ventilator.pip 18 40 every 250 ms'";
  const auto id = find_signal(name);
  if (!id || signal_info(*id).kind != SignalKind::numeric || every != "every") {
    return failure(in_quotes(text) + " is no change" + remedy);
  }
  const auto from = parse_quantity(low, signal_info(*id).decimals);
  const auto to = parse_quantity(high, signal_info(*id).decimals);
  const auto period = parse_duration(number, unit);
  if (!from) return failure(from.error() + remedy);
  if (!to) return failure(to.error() + remedy);
  if (!period) return failure(period.error() + remedy);
  if (*period < milliseconds(1)) return failure("at most one change a millisecond" + remedy);
  settings.changes.push_back({*id, *from, *to, *period});
  return {};
}

std::unique_ptr<Line> make_line(const Kind& kind, const PortRequest& request, LineSettings settings,
                                Truth& truth) {
  if (kind.wire == Wire::modbus) {
    return std::make_unique<ModbusLine>(request.name, std::move(settings), truth);
  }
  return std::make_unique<Line>(request.name, std::move(settings), truth);
}

Result<std::unique_ptr<Port>> make_port(Loop& loop, PortUser& user, const PortRequest& request) {
  const std::string& address = request.address;
  if (address == "pty") return make_pty_port(loop, user, request.link);
  if (address.substr(0, 7) == "serial:") {
    // "serial:PATH?9600,8N1": the settings are the gateway's; a pseudo-terminal has none.
    return make_terminal_port(loop, user, address.substr(7, address.find('?') - 7));
  }
  if (address.substr(0, 4) == "hid:") return make_hid_port(loop, user, address.substr(4));
  if (address.substr(0, 6) == "lines:") return make_lines_port(loop, user, address.substr(6));
  const auto colon = address.rfind(':');
  const std::string host = colon > 4 ? address.substr(4, colon - 4) : "";
  const auto port = number_of(address.substr(colon + 1), 65'535);
  if (host.empty() || !port) {
    return failure(in_quotes(address) + " is no TCP port; write tcp:127.0.0.1:0");
  }
  return make_tcp_port(loop, user, host, static_cast<uint16_t>(*port));
}

}  // namespace lamplight::sim
