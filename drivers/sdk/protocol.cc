#include "drivers/sdk/protocol.h"

#include <set>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/json_writer.h"

namespace lamplight::sdk {
namespace {

constexpr std::string_view kConditionPrefix = "alarm.";

// Each path once, in the catalogue's order; conditions without "alarm.".
void write_paths(std::span<const Protocol> protocols, bool conditions, JsonWriter& json) {
  std::set<SignalId> ids;
  for (const Protocol& protocol : protocols) {
    ids.insert(protocol.signals.begin(), protocol.signals.end());
  }
  json.begin_array();
  for (const SignalId id : ids) {
    const SignalInfo& info = signal_info(id);
    const bool is_condition = info.name.starts_with(kConditionPrefix);
    if (is_condition != conditions) continue;
    std::string path(name_of(info.role));
    path += '.';
    path += is_condition ? info.name.substr(kConditionPrefix.size()) : info.name;
    json.string(path);
  }
  json.end_array();
}

void write_option(std::string_view protocol, const OptionInfo& option, JsonWriter& json) {
  json.begin_object();
  json.key("protocol").string(protocol).key("name").string(option.name);
  json.key("type").string(option.type).key("default").string(option.fallback);
  json.key("summary").string(option.summary).end_object();
}

}  // namespace

std::string describe(std::span<const Protocol> protocols) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("wire").begin_array();
  json.integer(wire::kVersionMajor).integer(wire::kVersionMinor).end_array();
  json.key("protocols").begin_array();
  for (const Protocol& protocol : protocols) json.string(protocol.name);
  json.end_array().key("signals");
  write_paths(protocols, false, json);
  json.key("conditions");
  write_paths(protocols, true, json);
  json.key("options").begin_array();
  for (const Protocol& protocol : protocols) {
    for (const OptionInfo& option : protocol.options) write_option(protocol.name, option, json);
  }
  json.end_array().end_object();
  return out;
}

}  // namespace lamplight::sdk
