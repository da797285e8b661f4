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
constexpr Range kUnit{.lowest = 0, .highest = 255, .words = "1 to 247, or 0 to 255 over TCP"};
constexpr Range kSerialUnit{.lowest = 1, .highest = 247, .words = "1 to 247"};

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

void read_device_role(TableReader& reader, DeviceKeys& device, Seen& seen) {
  if (reader.require("role", Kind::string, "`role = \"oximeter\"`") == nullptr) return;
  const auto word = reader.word("role", {"oximeter", "ventilator", "pump", "contact"});
  if (!word) return;
  device.role = static_cast<Role>(*word);
  if (!seen.roles.insert(device.role).second) {
    reader.problem(reader.find("role", Kind::string)->at,
                   "two devices have the role `" + std::string(name_of(device.role)) + "`",
                   "one device a role: rules name a signal by role, not by device");
  }
}

void read_device_bus(TableReader& reader, const PortKeys& port, const Reading& reading,
                     DeviceKeys& device) {
  const DriverInfo* driver = port.is_built_in ? find_driver(port.driver) : nullptr;
  const bool is_bus = driver != nullptr && driver->is_bus;
  const bool has_unit =
      !is_bus || reader.require("unit", Kind::integer, "`unit = 1`, its address on the bus");
  const bool serial = is_bus && port.address.transport == Transport::serial;
  if (has_unit) {
    const auto unit = reader.integer("unit", serial ? kSerialUnit : kUnit);
    if (unit) device.unit = static_cast<int>(*unit);
  }
  if (is_bus && !reader.require("map", Kind::string, "`map = \"lfp-1\"`, its register map")) return;
  if (const Node* map = reader.find("map", Kind::string)) {
    const bool is_file = map->text.find_first_of("/.") != std::string::npos;
    device.map = is_file ? reading.resolved(map->text).string() : map->text;
  }
  if (const Node* number = reader.find("serial", Kind::string)) device.serial = number->text;
}

DeviceKeys read_device(const Node& table, const PortKeys& port, const Reading& reading,
                       Seen& seen) {
  DeviceKeys device;
  device.at = table.at;
  TableReader reader(table, "[[port.device]]", reading.problems);
  read_device_id(reader, device, seen);
  read_device_role(reader, device, seen);
  read_device_bus(reader, port, reading, device);
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
  if (!port.is_built_in || find_driver(driver->text) != nullptr) return;
  std::vector<std::string_view> names;
  for (const DriverInfo& info : built_in_drivers()) names.push_back(info.name);
  reader.problem(driver->at, "there is no driver `" + driver->text + "`",
                 "choose " + listed(names) + ", or the path of an executable");
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
  if (!port.address.path.empty()) port.address.path = reading.resolved(port.address.path);
  const std::string where =
      port.address.transport == Transport::tcp ? to_string(port.address) : port.address.path;
  if (!seen.addresses.insert(where).second) {
    reader.problem(at->at, "two ports are at the same place",
                   "one process owns a port: put its devices under one [[port]]");
  }
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
  for (const OptionInfo& info : driver->options) {
    if (info.kind == OptionKind::duration) reader.duration(info.key, info.range);
  }
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
