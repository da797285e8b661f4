#include "gateway/sounder/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/model/json_writer.h"
#include "rules/model/text.h"

namespace lamplight::sounder {
namespace {

using Json = nlohmann::json;

constexpr size_t kTextMax = 200;
// Every instance of every alarm of a home; more is no message of a core.
constexpr size_t kListMax = 4096;

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// The objects of a list.
std::vector<const Json*> objects(const Json& message, const char* key) {
  std::vector<const Json*> found;
  const auto list = message.find(key);
  if (list == message.end() || !list->is_array()) return found;
  for (const Json& item : *list) {
    if (item.is_object() && found.size() < kListMax) found.push_back(&item);
  }
  return found;
}

// An alarm whose priority we do not know is an alarm: it is never dropped for a word.
Priority priority_of(const Json& alarm) {
  const std::string word = text(alarm, "priority");
  for (const Priority p : {Priority::info, Priority::low, Priority::medium}) {
    if (word == lamplight::name_of(p)) return p;
  }
  return Priority::high;
}

Sound sound_for(const Json& alarm) {
  if (text(alarm, "sound") == name_of(Sound::two_tone)) return Sound::two_tone;
  switch (priority_of(alarm)) {
    case Priority::info:
      return Sound::none;
    case Priority::low:
      return Sound::low;
    case Priority::medium:
      return Sound::medium;
    case Priority::high:
      return Sound::high;
  }
  return Sound::high;
}

State read_state(const Json& message) {
  State state;
  for (const Json* alarm : objects(message, "audible")) {
    const auto melody = melody_of(text(*alarm, "category"));
    state.audible.push_back({.occurrence = number(*alarm, "occurrence"),
                             .sound = sound_for(*alarm),
                             .melody = melody.value_or(Melody::single)});
  }
  auto shown = Priority::info;
  bool is_steady = true;
  // What is audible is visible, should nobody have said so.
  for (const Json* alarm : objects(message, message.contains("visible") ? "visible" : "audible")) {
    const Priority p = priority_of(*alarm);
    const std::string signal = text(*alarm, "signal");
    const bool steady = signal == "acknowledged" || signal == "marked";
    is_steady = p > shown ? steady : is_steady && (p < shown || steady);
    shown = std::max(shown, p);
  }
  state.light = light_of(shown, is_steady);
  const auto remind = message.find("remind");
  state.remind = remind != message.end() && remind->is_array() && !remind->empty();
  return state;
}

}  // namespace

std::optional<FromCore> read(std::string_view json) {
  const Json message = Json::parse(json, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  const std::string type = text(message, "type");
  if (type == "welcome") return Welcome{};
  if (type == "refused") return Refused{text(message, "reason")};
  if (type == "heartbeat") return Heartbeat{};
  if (type == "annunciate") return read_state(message);
  return std::nullopt;
}

Wish wish_of(const State& state, bool melodies) {
  Wish wish;
  for (const State::Audible& alarm : state.audible) {
    if (alarm.sound < wish.sound) continue;
    if (alarm.sound == wish.sound && alarm.occurrence < wish.newest) continue;
    wish = {.sound = alarm.sound,
            .melody = melodies ? alarm.melody : Melody::single,
            .newest = alarm.occurrence};
  }
  return wish;
}

std::string hello() {
  return R"({"type":"hello","role":"sounder","name":"lamplight-sounder","wire":[1,0]})";
}

std::string follow() { return R"({"type":"follow","what":["annunciate"]})"; }

std::string heartbeat() { return R"({"type":"heartbeat"})"; }

std::string signalled(Sound sound, const State& state) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string("signalled").key("sound").string(name_of(sound));
  json.key("occurrences").begin_array();
  for (const State::Audible& alarm : state.audible) {
    json.integer(static_cast<int64_t>(alarm.occurrence));
  }
  json.end_array().end_object();
  return out;
}

std::string self_test(const SelfTest& test) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string("selftest").key("when").string(test.when);
  json.key("outcome").string(test.passed ? "passed" : "failed");
  json.key("text").string(cut_text(test.text, kTextMax)).end_object();
  return out;
}

}  // namespace lamplight::sounder
