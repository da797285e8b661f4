#include "drivers/sdk/own_black_box.h"

#include "drivers/sdk/clock.h"
#include "rules/model/json_writer.h"

namespace lamplight::sdk {
namespace {

std::string label_of(const Configure& configure) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("port").string(configure.port.name);
  json.key("driver").string(configure.port.driver).key("at").string(configure.port.at);
  json.key("devices").begin_array();
  for (const DeviceConfigure& device : configure.devices) {
    json.begin_object().key("id").string(device.id).key("role").string(name_of(device.role));
    if (device.unit) json.key("unit").integer(*device.unit);
    if (!device.map.empty()) json.key("map").string(device.map);
    json.end_object();
  }
  json.end_array().key("options").begin_object();
  for (const auto& [key, value] : configure.options) json.key(key).string(value);
  json.end_object().end_object();
  return text;
}

}  // namespace

Result<std::unique_ptr<wire::BlackBox>> own_black_box(const Configure& configure) {
  if (configure.port.black_box.empty()) return nullptr;
  auto box = wire::BlackBox::open(configure.port.black_box, configure.port.black_box_bytes,
                                  label_of(configure), mono_now());
  if (!box) return failure("no black box: " + box.error());
  return box;
}

}  // namespace lamplight::sdk
