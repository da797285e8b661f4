// The tables [[port]] and [[port.device]].
#include <algorithm>
#include <set>

#include "gateway/config/drivers.h"
#include "gateway/config/sections.h"
#include "rules/model/json_writer.h"
#include "rules/model/limits.h"

namespace lamplight::config {
namespace {

constexpr Range kPeriod{
    .lowest = 1'000'000, .highest = 3'600'000'000'000, .words = "\"1 ms\" to \"1 h\""};
// As the driver takes them. On a serial bus 0 speaks to all at once; over TCP, 0 and 255 mean the
// device at the address itself.
constexpr Range kSerialUnit{.lowest = 1, .highest = 247, .words = "1 to 247"};
constexpr Range kTcpUnit{.lowest = 0, .highest = 255, .words = "0 to 247, or 255"};

// What has to be unique in the whole file.
struct Seen {
  std::set<std::string, std::less<>> names, addresses, ids;
  std::set<Role> roles;
  size_t devices = 0;
};

std::string json_of(const Node& value) {
  std::string text;
  JsonWriter json(text);
  switch (value.kind) {
    case Kind::string:
      json.string(value.text);
      break;
    case Kind::integer:
      json.integer(value.integer);
      break;
    case Kind::boolean:
      json.boolean(value.boolean);
      break;
    case Kind::table:
    case Kind::list:
    case Kind::other:
      break;
  }
  return text;
}

void read_device_id(TableReader& reader, DeviceKeys& device, Seen& seen) {
  const Node* id = reader.require("id", Kind::string, "`id = \"ox1\"`");
  if (id == nullptr) return;
  device.id = id->text;
  if (!is_name(id->text, "_", 16, false)) {
    reader.problem(id->at, "`id` is no device id", "use 1 to 16 of a-z, 0-9 and `_`");
  } else if (!seen.ids.insert(id->text).second) {
    reader.problem(id->at, "two devices have the id `" + id->text + "`",
                   "give each device an id of its own");
  }
}

// False: the role is not known.
bool read_device_role(TableReader& reader, DeviceKeys& device, Seen& seen) {
  if (reader.require("role", Kind::string, "`role = \"oximeter\"`") == nullptr) return false;
  const auto word = reader.word("role", {"oximeter", "ventilator", "pump", "contact"});
  if (!word) return false;
  device.role = static_cast<Role>(*word);
  device.role_at = reader.find("role", Kind::string)->at;
  if (!seen.roles.insert(device.role).second) {
    reader.problem(device.role_at,
                   "two devices have the role `" + std::string(name_of(device.role)) + "`",
                   "one device a role: rules name a signal by role, not by device");
  }
  return true;
}

// A driver sends the signals of one role; under another the device would be silent for ever.
void check_role(TableReader& reader, const DriverInfo* driver, const DeviceKeys& device) {
  if (driver == nullptr || !driver->role || *driver->role == device.role) return;
  std::vector<std::string_view> names;
  for (const DriverInfo& info : built_in_drivers()) {
    if (!info.role || *info.role == device.role) names.push_back(info.name);
  }
  const std::string reads(name_of(*driver->role));
  reader.problem(
      device.role_at, "what `" + std::string(driver->name) + "` reads has the role `" + reads + "`",
      "write `role = \"" + reads + "\"`, or choose the driver of the device: " + listed(names));
}

void read_unit(TableReader& reader, bool is_serial, DeviceKeys& device) {
  const auto unit = reader.integer("unit", is_serial ? kSerialUnit : kTcpUnit);
  if (!unit) return;
  if (*unit > kSerialUnit.highest && *unit < kTcpUnit.highest) {
    reader.problem(reader.find("unit", Kind::integer)->at, "`unit` is reserved by Modbus",
                   "choose " + std::string(kTcpUnit.words));
    return;
  }
  device.unit = static_cast<int>(*unit);
}

// Of a register map: anything else is the name of one.
bool is_file(std::string_view map) { return map.find_first_of("/.") != std::string_view::npos; }

// A name is one of the maps that travel with the driver, for the role that it describes.
void read_map(TableReader& reader, const Reading& reading, bool has_role, DeviceKeys& device) {
  const Node* map = reader.find("map", Kind::string);
  if (map == nullptr) return;
  device.map_at = map->at;
  device.map = is_file(map->text) ? reading.resolved(map->text).string() : map->text;
  if (is_file(map->text)) return;
  std::vector<std::string_view> names;
  for (const MapInfo& shipped : shipped_maps()) {
    names.push_back(shipped.name);
    if (shipped.name != map->text) continue;
    if (has_role && device.role != shipped.role) {
      reader.problem(map->at,
                     "the map `" + map->text + "` is of a " + std::string(name_of(shipped.role)),
                     "choose a map of the device's `role`, or correct the role");
    }
    return;
  }
  reader.problem(map->at, "there is no register map `" + map->text + "`",
                 "choose " + listed(names) + ", or the path of a file such as `maps/own.toml`");
}

// Nothing of a device is used before it has told the number: one that never can is no device.
void read_serial(TableReader& reader, const DriverInfo* driver, DeviceKeys& device) {
  const Node* serial = reader.find("serial", Kind::string);
  if (serial == nullptr) return;
  device.serial = serial->text;
  if (driver == nullptr || driver->tells_serial) return;
  std::vector<std::string_view> names;
  for (const DriverInfo& info : built_in_drivers()) {
    if (info.tells_serial) names.push_back(info.name);
  }
  reader.problem(serial->at,
                 "devices of `" + std::string(driver->name) + "` do not tell a serial number",
                 "leave `serial` out; it works with " + listed(names));
}

// Taken and ignored they would pass for understood, as in a ventilator's port whose `driver` was
// copied from the oximeter's.
void refuse_bus_keys(TableReader& reader, const DriverInfo& driver) {
  for (const auto& [key, kind] : {std::pair{"unit", Kind::integer}, {"map", Kind::string}}) {
    const Node* node = reader.find(key, kind);
    if (node == nullptr) continue;
    const std::string name = "`" + std::string(key) + "`";
    reader.problem(node->at,
                   name + " is a key of `modbus`, not of `" + std::string(driver.name) + "`",
                   "leave " + name + " out, or write `driver = \"modbus\"`");
  }
}

void read_device_bus(TableReader& reader, const PortKeys& port, const Reading& reading,
                     bool has_role, DeviceKeys& device) {
  const DriverInfo* driver = port.is_built_in ? find_driver(port.driver) : nullptr;
  const bool is_bus = driver != nullptr && driver->is_bus;
  if (has_role) check_role(reader, driver, device);
  if (driver != nullptr && !is_bus) {
    refuse_bus_keys(reader, *driver);
    read_serial(reader, driver, device);
    return;
  }
  const bool has_unit =
      !is_bus || reader.require("unit", Kind::integer, "`unit = 1`, its address on the bus");
  if (has_unit) read_unit(reader, is_bus && port.address.transport == Transport::serial, device);
  if (is_bus) {
    if (!reader.require("map", Kind::string, "`map = \"lfp-1\"`, its register map")) return;
    read_map(reader, reading, has_role, device);
  } else if (const Node* map = reader.find("map", Kind::string)) {
    device.map = is_file(map->text) ? reading.resolved(map->text).string() : map->text;
  }
  read_serial(reader, driver, device);
}

DeviceKeys read_device(const Node& table, const PortKeys& port, const Reading& reading,
                       Seen& seen) {
  DeviceKeys device;
  device.at = table.at;
  TableReader reader(table, "[[port.device]]", reading.problems);
  read_device_id(reader, device, seen);
  const bool has_role = read_device_role(reader, device, seen);
  read_device_bus(reader, port, reading, has_role, device);
  reader.refuse_unknown(reader.rest());
  if (++seen.devices == limits::kDevicesMax + 1U) {
    reader.problem(table.at, "more than 16 devices", "one home has one device a role");
  }
  return device;
}

void read_devices(TableReader& port_reader, const Reading& reading, PortKeys& port, Seen& seen) {
  const Node* list = port_reader.require("device", Kind::list, "a table [[port.device]]");
  if (list == nullptr) return;
  const DriverInfo* driver = port.is_built_in ? find_driver(port.driver) : nullptr;
  std::set<int> units;
  for (const Node& item : list->items) {
    if (item.kind != Kind::table) {
      port_reader.problem(item.at, "`device` is a list of tables", "write [[port.device]]");
      continue;
    }
    DeviceKeys device = read_device(item, port, reading, seen);
    if (device.unit && !units.insert(*device.unit).second) {
      port_reader.problem(item.at, "two devices of one port have the same `unit`",
                          "set another address on one of them");
    }
    if (driver != nullptr && !driver->is_bus && !port.devices.empty()) {
      port_reader.problem(item.at, "`" + port.driver + "` has one device a port",
                          "give this device a [[port]] of its own");
    }
    port.devices.push_back(std::move(device));
  }
}

void read_driver(TableReader& reader, const Reading& reading, PortKeys& port) {
  const Node* driver = reader.require("driver", Kind::string, "`driver = \"masimo\"`");
  if (driver == nullptr) return;
  port.driver_at = driver->at;
  port.is_built_in = driver->text.find('/') == std::string::npos;
  port.driver = port.is_built_in ? driver->text : reading.resolved(driver->text).string();
  if (!port.is_built_in) return;
  if (find_driver(driver->text) != nullptr) return;
  std::vector<std::string_view> names;
  for (const DriverInfo& info : built_in_drivers()) names.push_back(info.name);
  reader.problem(driver->at, "there is no driver `" + driver->text + "`",
                 "choose " + listed(names) + ", or the path of an executable");
}

// What none of our drivers could ever open, said here and not by a driver that dies at night.
void check_transport(TableReader& reader, Position at, const PortKeys& port) {
  const DriverInfo* driver = port.is_built_in ? find_driver(port.driver) : nullptr;
  if (driver == nullptr) return;
  const Transport transport = port.address.transport;
  const Transport other = driver->reads_lines ? Transport::lines : Transport::tcp;
  if (transport == Transport::hid && driver->reads_hid) return;
  if (transport != Transport::serial && transport != other) {
    const std::string_view choice = driver->reads_lines ? "lines:PATH" : "tcp:HOST:PORT";
    reader.problem(at, "`" + port.driver + "` cannot speak over this kind of port",
                   "choose `serial:PATH?BAUD,FRAME` or `" + std::string(choice) + "`");
    return;
  }
  const bool is_rtu = driver->is_bus && transport == Transport::serial;
  if (is_rtu && port.address.line.find(",8") == std::string::npos) {
    reader.problem(at, "Modbus needs 8 data bits", "write a frame such as `8E1`: `19200,8E1`");
  }
}

void read_address(TableReader& reader, const Reading& reading, PortKeys& port, Seen& seen) {
  const Node* at = reader.require("at", Kind::string, "`at = \"serial:/dev/ttyUSB0?9600,8N1\"`");
  if (at == nullptr) return;
  auto address = parse_address(at->text);
  if (!address) {
    reader.problem(at->at, "`at` is no port", address.error());
    return;
  }
  port.address = *std::move(address);
  check_transport(reader, at->at, port);
  if (!port.address.path.empty()) port.address.path = reading.resolved(port.address.path);
  const std::string where =
      port.address.transport == Transport::tcp ? to_string(port.address) : port.address.path;
  if (!seen.addresses.insert(where).second) {
    reader.problem(at->at, "two ports are at the same place",
                   "one process owns a port: put its devices under one [[port]]");
  }
}

void read_option(TableReader& reader, const OptionInfo& info) {
  switch (info.kind) {
    case OptionKind::scalar:
      return;
    case OptionKind::boolean:
      reader.find(info.key, Kind::boolean);
      return;
    case OptionKind::duration:
      reader.duration(info.key, info.range);
      return;
    case OptionKind::word:
      reader.word(info.key, {info.words.begin(), info.words.end()});
      return;
  }
}

// The Nonin command that sets a format has none for `auto` and `ascii`.
void check_set_format(TableReader& reader, const PortKeys& port) {
  const Option* sets = nullptr;
  bool has_format = false;
  for (const Option& option : port.options) {
    if (option.key == "set_format" && option.json == "true") sets = &option;
    if (option.key == "format")
      has_format = option.json != "\"auto\"" && option.json != "\"ascii\"";
  }
  if (sets == nullptr || has_format) return;
  reader.problem(sets->at, "`set_format` needs a format that the device can be set to",
                 "add `format = \"df2\"`, \"df7\", \"df8\" or \"df13\"");
}

// Keys that no port has in general are the driver's. Those of an executable are asked later.
void read_options(TableReader& reader, PortKeys& port) {
  const DriverInfo* driver = port.is_built_in ? find_driver(port.driver) : nullptr;
  std::vector<std::string_view> known;
  std::vector<const Member*> unknown;
  if (driver != nullptr) {
    for (const OptionInfo& info : driver->options) known.push_back(info.key);
  }
  for (const Member* m : reader.rest()) {
    const std::string json = json_of(m->value);
    if (driver != nullptr && std::find(known.begin(), known.end(), m->key) == known.end()) {
      unknown.push_back(m);
    } else if (json.empty()) {
      reader.problem(
          m->value.at,
          "`" + m->key + "` takes one value, not " + std::string(described(m->value.kind)),
          "write text, a whole number, true or false");
    } else {
      port.options.push_back({m->key, json, m->at});
    }
  }
  reader.refuse_unknown(unknown, known);
  if (driver == nullptr) return;
  for (const OptionInfo& info : driver->options) read_option(reader, info);
  if (port.driver == "nonin") check_set_format(reader, port);
}

PortKeys read_port(const Node& table, const Reading& reading, Seen& seen) {
  PortKeys port;
  TableReader reader(table, "[[port]]", reading.problems);
  if (const Node* name = reader.require("name", Kind::string, "`name = \"oxi\"`")) {
    port.name = name->text;
    if (!is_name(name->text, " ._-", 32, true)) {
      reader.problem(name->at, "`name` is no port name",
                     "use 1 to 32 letters, digits, spaces and `.`, `_`, `-`");
    } else if (!seen.names.insert(name->text).second) {
      reader.problem(name->at, "two ports have the name `" + name->text + "`",
                     "give each port a name of its own");
    }
  }
  read_driver(reader, reading, port);
  read_address(reader, reading, port, seen);
  if (const auto period = reader.duration("period", kPeriod)) port.period = *period;
  read_devices(reader, reading, port, seen);
  read_options(reader, port);
  return port;
}

}  // namespace

std::vector<PortKeys> read_ports(const Node& list, const Reading& reading) {
  std::vector<PortKeys> ports;
  Seen seen;
  if (list.items.empty()) {
    reading.problems.push_back({list.at, "there is no port", "add a table [[port]]"});
  }
  for (const Node& item : list.items) {
    if (item.kind == Kind::table) {
      ports.push_back(read_port(item, reading, seen));
    } else {
      reading.problems.push_back({item.at, "`port` is a list of tables", "write [[port]]"});
    }
  }
  return ports;
}

}  // namespace lamplight::config
