#include "firmware-sim/conformance/messages.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace lamplight::conformance {
namespace {

using nlohmann::json;

json parse(std::string_view text) { return json::parse(text, nullptr, false); }

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<uint64_t> count_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<uint64_t>();
}

// A number in the signal's unit, or the name of a state.
std::optional<int32_t> steps_of(const json& value, const SignalInfo& info) {
  if (value.is_number()) {
    return static_cast<int32_t>(std::llround(value.get<double>() * std::pow(10, info.decimals)));
  }
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_string()) return std::nullopt;
  for (size_t i = 0; i < info.enumerators.size(); ++i) {
    if (info.enumerators[i] == value.get<std::string>()) return static_cast<int32_t>(i);
  }
  return std::nullopt;
}

void add_value(Shown& shown, Role role, const std::string& name, const json& value) {
  const auto id = find_signal(role, name);
  if (id) shown.values[*id] = steps_of(value, signal_info(*id));
}

void add_conditions(Shown& shown, Role role, const json& names) {
  std::set<SignalId> present;
  for (const json& name : names) {
    if (!name.is_string()) continue;
    const auto id = find_signal(role, "alarm." + name.get<std::string>());
    if (id) present.insert(*id);
  }
  shown.conditions = std::move(present);
}

Shown shown_of(const json& values, const json& beside, Role role) {
  Shown shown;
  if (values.is_object()) {
    for (const auto& [name, value] : values.items()) add_value(shown, role, name, value);
  }
  for (const char* name : {"state", "silenced", "on_mains"}) {
    if (beside.contains(name)) add_value(shown, role, name, beside[name]);
  }
  if (beside.contains("conditions")) add_conditions(shown, role, beside["conditions"]);
  for (int i = 1; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (text_of(beside, "reason") == name_of(reason)) shown.reason = reason;
  }
  return shown;
}

void read_names(const json& told, const char* key, std::string_view between, Description& into) {
  const auto list = told.find(key);
  if (list == told.end() || !list->is_array()) {
    into.mistakes.push_back("\"" + std::string(key) + "\" is no list");
    return;
  }
  for (const json& entry : *list) {
    const std::string path = entry.is_string() ? entry.get<std::string>() : entry.dump();
    const size_t dot = path.find('.');
    const auto role = role_of(path.substr(0, dot));
    const std::string name = dot == std::string::npos ? "" : path.substr(dot + 1);
    const auto id = role ? find_signal(*role, std::string(between) + name) : std::nullopt;
    if (id) {
      into.signals.insert(*id);
    } else {
      into.mistakes.push_back("\"" + path + "\" in \"" + key + "\" is not in the catalogue");
    }
  }
}

}  // namespace

Result<DriverMessage> parse_driver_message(std::string_view text) {
  const json told = parse(text);
  if (!told.is_object()) return failure("text that is no JSON object");
  DriverMessage message;
  message.type = text_of(told, "type");
  message.role = text_of(told, "role");
  message.fact = text_of(told, "fact");
  message.name = text_of(told, "name");
  message.text = text_of(told, "text");
  message.first = count_of(told, "first");
  message.last = count_of(told, "last");
  if (const auto device = count_of(told, "device")) message.device = static_cast<int>(*device);
  const auto wire = told.find("wire");
  if (wire != told.end() && wire->is_array()) {
    for (const json& part : *wire) {
      message.wire.push_back(part.is_number_integer() ? part.get<int>() : -1);
    }
  }
  return message;
}

Description parse_description(std::string_view text) {
  Description description;
  const json told = parse(text);
  if (!told.is_object()) {
    description.mistakes = {"it is no JSON object"};
    return description;
  }
  const json wire = told.value("wire", json());
  if (!wire.is_array() || wire.empty() || wire[0] != 1) {
    description.mistakes.push_back("\"wire\" is not [1,n]");
  }
  read_names(told, "signals", "", description);
  read_names(told, "conditions", "alarm.", description);
  if (!told.contains("options") || !told["options"].is_array()) {
    description.mistakes.push_back("\"options\" is no list");
  }
  const json protocols = told.value("protocols", json());
  if (!protocols.is_array() || protocols.empty()) {
    description.mistakes.push_back("\"protocols\" is no list of names");
    return description;
  }
  for (const json& name : protocols) {
    description.protocols.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return description;
}

Answer parse_answer(std::string_view text, Role role) {
  const json told = parse(text);
  if (!told.is_object()) return {.error = "the simulator answered with no JSON object"};
  Answer answer;
  answer.is_ok = told.value("ok", json()) == true;
  answer.error = text_of(told, "error");
  if (!answer.is_ok && answer.error.empty()) answer.error = "neither \"ok\" nor \"error\" in it";
  const auto shows = told.find("shows");
  if (shows != told.end()) answer.shows = shown_of(*shows, told, role);
  return answer;
}

std::optional<TruthFrame> parse_truth(std::string_view line, Role role) {
  const json told = parse(line);
  if (!told.is_object() || text_of(told, "what") != "sent") return std::nullopt;
  // Not received by anybody, or not fit to be believed.
  if (told.contains("why") || told.value("intact", json(true)) != true) return std::nullopt;
  TruthFrame frame;
  frame.at = {told.value("t", int64_t{0})};
  frame.shown = shown_of(told.value("values", json()), told, role);
  return frame;
}

}  // namespace lamplight::conformance
