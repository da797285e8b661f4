#include "firmware-sim/steering.h"

#include <nlohmann/json.hpp>

#include "firmware-sim/scenario.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

using nlohmann::json;
using Words = Result<std::vector<Word>>;

constexpr std::string_view kShapes =
    R"(one of {"set":{"spo2":84},"over_ms":30000}, {"condition":"probe_off","present":true}, )"
    R"({"silenced":true}, {"fault":"silence","for_ms":5000}, {"link":"unplug"}, each with )"
    R"("device":ROLE beside it when there are several devices; {"patient":"seizure",)"
    R"("present":true}, {"swap":["oximeter","ventilator"]})";

// Takes known keys away; what remains at the end was unknown.
class Keys {
 public:
  explicit Keys(json object) : object_(std::move(object)) {}

  std::optional<json> take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return std::nullopt;
    json value = *found;
    object_.erase(found);
    return value;
  }
  Status finish() const {
    if (object_.empty()) return {};
    return failure("unknown key '" + object_.begin().key() + "'; write " + std::string(kShapes));
  }

 private:
  json object_;
};

Result<Duration> milliseconds_of(const std::optional<json>& value, const char* key) {
  if (!value) return Duration{};
  if (!value->is_number_unsigned() || value->get<uint64_t>() > 1'000'000'000) {
    return failure(std::string(key) + " is a whole number of milliseconds, such as 5000");
  }
  return milliseconds(value->get<int64_t>());
}

// A number as it is written (84.5), a word, true or false.
std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Words read_set(Keys& keys, const json& values, std::optional<Role> role) {
  const auto over = milliseconds_of(keys.take("over_ms"), "over_ms");
  if (!over) return failure(over.error());
  if (Status s = keys.finish(); !s) return failure(s.error());
  if (!values.is_object() || values.empty()) {
    return failure(R"("set" holds an object of names and values, such as {"spo2":84})");
  }
  std::vector<Word> words;
  for (const auto& [name, value] : values.items()) {
    auto word = make_set(name, text_of(value), *over, role);
    if (!word) return failure(word.error());
    words.push_back(std::move(*word));
  }
  return words;
}

Words one(Result<Word> word) {
  if (!word) return failure(word.error());
  return std::vector<Word>{std::move(*word)};
}

Words read_fault(Keys& keys, const json& name, Role role) {
  const auto for_ms = keys.take("for_ms");
  const auto lasts = milliseconds_of(for_ms, "for_ms");
  if (!lasts) return failure(lasts.error());
  if (Status s = keys.finish(); !s) return failure(s.error());
  const auto which = fault_of(text_of(name));
  if (!which) {
    return failure("no fault '" + text_of(name) + "'; there are: " + list_of(kFaultNames));
  }
  FaultWord word{role, *which, std::nullopt};
  if (for_ms) word.lasts = *lasts;
  return one(Word(word));
}

Words read_for_role(Keys& keys, Role role) {
  if (const auto name = keys.take("fault")) return read_fault(keys, *name, role);
  if (const auto name = keys.take("condition")) {
    const auto present = keys.take("present");
    if (!present || !present->is_boolean()) {
      return failure(R"("condition" needs "present":true or false beside it)");
    }
    if (Status s = keys.finish(); !s) return failure(s.error());
    return one(make_condition(role, text_of(*name), present->get<bool>()));
  }
  if (const auto on = keys.take("silenced")) {
    if (Status s = keys.finish(); !s) return failure(s.error());
    if (!on->is_boolean()) return failure(R"("silenced" is true or false)");
    return std::vector<Word>{SilencedWord{role, on->get<bool>()}};
  }
  if (const auto link = keys.take("link")) {
    if (Status s = keys.finish(); !s) return failure(s.error());
    if (*link != "plug" && *link != "unplug") return failure(R"("link" is "unplug" or "plug")");
    return std::vector<Word>{LinkWord{role, *link == "plug"}};
  }
  return failure("no word in this object; write " + std::string(kShapes));
}

Words read_patient(Keys& keys, const json& name) {
  const auto present = keys.take("present");
  if (!present || !present->is_boolean()) {
    return failure(R"("patient" needs "present":true or false beside it)");
  }
  if (Status s = keys.finish(); !s) return failure(s.error());
  const auto event = patient_event_of(text_of(name));
  if (!event) {
    return failure("no event '" + text_of(name) + "'; there are: " + list_of(kPatientEventNames));
  }
  return std::vector<Word>{PatientWord{*event, present->get<bool>()}};
}

Words read_swap(Keys& keys, const json& both) {
  if (Status s = keys.finish(); !s) return failure(s.error());
  const bool is_pair = both.is_array() && both.size() == 2;
  const auto first = is_pair ? lamplight::role_of(text_of(both[0])) : std::nullopt;
  const auto second = is_pair ? lamplight::role_of(text_of(both[1])) : std::nullopt;
  if (!first || !second || *first == *second) {
    return failure(R"("swap" holds two roles, such as ["oximeter","ventilator"])");
  }
  return std::vector<Word>{SwapWord{*first, *second}};
}

Words read_object(json object, std::optional<Role> only) {
  Keys keys(std::move(object));
  std::optional<Role> role = only;
  if (const auto device = keys.take("device")) {
    role = device->is_string() ? lamplight::role_of(device->get<std::string>()) : std::nullopt;
    if (!role) {
      return failure("no device " + device->dump() +
                     "; there are: oximeter, ventilator, pump, contact");
    }
  }
  if (const auto values = keys.take("set")) return read_set(keys, *values, role);
  if (const auto name = keys.take("patient")) return read_patient(keys, *name);
  if (const auto both = keys.take("swap")) return read_swap(keys, *both);
  if (!role) {
    return failure(R"(say which device: "device":"oximeter", "ventilator" or "pump"; or write )" +
                   std::string(kShapes));
  }
  return read_for_role(keys, *role);
}

}  // namespace

Words parse_steering(std::string_view line, std::optional<Role> only) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos || line[first] != '{') return one(parse_word(line, only));
  json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return failure("not a JSON object; write " + std::string(kShapes));
  return read_object(std::move(object), only);
}

std::string answer_ok() { return "{\"ok\":true}\n"; }

std::string answer_error(std::string_view why) {
  std::string out;
  JsonWriter(out).begin_object().key("error").string(why).end_object();
  return out + "\n";
}

}  // namespace lamplight::sim
