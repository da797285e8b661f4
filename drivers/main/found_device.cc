#include "drivers/main/found_device.h"

#include "rules/model/catalogue.h"

namespace lamplight::driver {
namespace {

// A basic string of TOML; what a device says of itself is anything.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool is_plain = c >= ' ' && c < 0x7F;
    if (c == '"' || c == '\\') out += '\\';
    if (is_plain) out += c;
  }
  return out + '"';
}

std::string id_of(Role role) {
  switch (role) {
    case Role::oximeter:
      return "ox1";
    case Role::ventilator:
      return "vent1";
    case Role::pump:
      return "pump1";
    case Role::contact:
      return "contact1";
  }
  return "device1";
}

}  // namespace

void Acquaintance::fact(const sdk::Fact& fact) {
  if (fact.kind == sdk::FactKind::identity) {
    identity_[std::string(fact.name)] = std::string(fact.text);
  }
  if (fact.kind == sdk::FactKind::refused) is_refused_ = true;
}

std::string stanza_of(const UsbPort& port, const FoundDevice& found) {
  const std::string where = port.by_id.empty() ? port.device : port.by_id;
  const std::string at = port.is_hid ? "hid:" + where : "serial:" + where + "?" + found.line;
  std::string text = "[[port]]\nname = " + quoted(std::string(name_of(found.role))) + "\n";
  text += "driver = " + quoted(found.driver) + "\nat = " + quoted(at) + "\n";
  for (const auto& [key, value] : found.options) text += key + " = " + value + "\n";
  text += "[[port.device]]\nid = " + quoted(id_of(found.role)) + "\n";
  text += "role = " + quoted(std::string(name_of(found.role))) + "\n";
  if (found.unit) text += "unit = " + std::to_string(*found.unit) + "\n";
  if (!found.map.empty()) text += "map = " + quoted(found.map) + "\n";
  const auto serial = found.identity.find("serial");
  if (serial != found.identity.end() && !serial->second.empty()) {
    text += "serial = " + quoted(serial->second) + "\n";
  }
  return text;
}

}  // namespace lamplight::driver
