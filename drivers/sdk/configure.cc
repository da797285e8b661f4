#include "drivers/sdk/configure.h"

#include <array>
#include <nlohmann/json.hpp>

#include "drivers/sdk/decimal.h"

namespace lamplight::sdk {
namespace {

using nlohmann::json;

// The text of a key, empty when absent; a key of another type is the sender's mistake and said.
Status read_text(const json& object, const char* key, bool is_required, std::string& into) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    if (!is_required) return {};
    return failure(std::string("configure: '") + key + "' is missing");
  }
  if (!found->is_string()) return failure(std::string("configure: '") + key + "' must be text");
  into = found->get<std::string>();
  return {};
}

Result<DeviceConfigure> read_device(const json& object) {
  if (!object.is_object()) return failure("configure: a device must be an object");
  DeviceConfigure device;
  std::string role;
  for (const Status& read :
       {read_text(object, "id", true, device.id), read_text(object, "role", true, role),
        read_text(object, "map", false, device.map),
        read_text(object, "serial", false, device.serial)}) {
    if (!read) return failure(read.error());
  }
  const auto known = role_of(role);
  if (!known) return failure("configure: unknown role '" + role + "'");
  device.role = *known;
  const auto unit = object.find("unit");
  if (unit != object.end() && unit->is_number_integer()) device.unit = unit->get<int>();
  return device;
}

Result<PortConfigure> read_port(const json& object) {
  if (!object.is_object()) return failure("configure: 'port' is missing");
  PortConfigure port;
  for (const Status& read :
       {read_text(object, "name", false, port.name),
        read_text(object, "driver", false, port.driver), read_text(object, "at", true, port.at),
        read_text(object, "black_box", false, port.black_box)}) {
    if (!read) return failure(read.error());
  }
  const auto period = object.find("period_ms");
  if (period != object.end()) {
    if (!period->is_number_integer() || period->get<int64_t>() <= 0) {
      return failure("configure: 'period_ms' must be a positive integer");
    }
    port.period = milliseconds(period->get<int64_t>());
  }
  const auto bytes = object.find("black_box_bytes");
  if (bytes != object.end() && bytes->is_number_unsigned()) {
    port.black_box_bytes = bytes->get<size_t>();
  }
  return port;
}

Result<Configure> read_configure(const json& message) {
  if (!message.is_object() || message.value("type", "") != "configure") {
    return failure("expected the message configure first");
  }
  Configure configure;
  auto port = read_port(message.value("port", json()));
  if (!port) return failure(port.error());
  configure.port = std::move(*port);
  const json devices = message.value("devices", json::array());
  if (!devices.is_array()) return failure("configure: 'devices' must be a list");
  for (const json& each : devices) {
    auto device = read_device(each);
    if (!device) return failure(device.error());
    configure.devices.push_back(std::move(*device));
  }
  const json options = message.value("options", json::object());
  if (!options.is_object()) return failure("configure: 'options' must be an object");
  for (const auto& [key, value] : options.items()) {
    configure.options[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return configure;
}

}  // namespace

std::optional<std::string_view> Configure::option(std::string_view name) const {
  const auto found = options.find(name);
  if (found == options.end()) return std::nullopt;
  return std::string_view(found->second);
}

Result<Configure> parse_configure(std::string_view text) {
  // The library throws on a wrong type; this is the edge where that ends.
  try {
    const json message = json::parse(text, nullptr, false);
    if (message.is_discarded()) return failure("configure is no JSON");
    return read_configure(message);
  } catch (const json::exception& error) {
    return failure(std::string("configure: ") + error.what());
  }
}

Result<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    Duration of_thousandth;
  };
  constexpr std::array<Unit, 4> kUnits = {{{"ms", nanoseconds(1000)},
                                           {"s", milliseconds(1)},
                                           {"min", milliseconds(60)},
                                           {"h", milliseconds(3600)}}};
  const size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos) return failure("a duration needs a unit, as in \"1 s\"");
  const auto thousandths = parse_decimal(text.substr(0, end), 3);
  const std::string_view rest =
      text.substr(std::min(text.find_first_not_of(' ', end), text.size()));
  for (const Unit& unit : kUnits) {
    if (unit.name == rest && thousandths) return unit.of_thousandth * *thousandths;
  }
  return failure("a duration looks like \"1 s\", \"250 ms\" or \"2 min\"");
}

}  // namespace lamplight::sdk
