#include "gateway/uplink/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/model/json_writer.h"
#include "rules/model/lane.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight::uplink {
namespace {

using Json = nlohmann::json;

constexpr size_t kTopicWordMax = 64;

// Reads typed members of one object; remembers the first one that is wrong.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  std::string text(const char* key, bool required = true) {
    const Json* value = find(key, required);
    if (value == nullptr) return {};
    if (!value->is_string()) return wrong(key), std::string();
    return value->get<std::string>();
  }
  bool truth(const char* key) {
    const Json* value = find(key, false);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return wrong(key), false;
    return value->get<bool>();
  }
  uint64_t number(const char* key, uint64_t most, bool required = true) {
    const Json* value = find(key, required);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned() || value->get<uint64_t>() > most) return wrong(key), 0;
    return value->get<uint64_t>();
  }
  const Json* find(const char* key, bool required) {
    const auto at = object_.find(key);
    if (at != object_.end() && !at->is_null()) return &*at;
    if (required) wrong(key);
    return nullptr;
  }
  void wrong(const char* key) {
    if (error_.empty()) error_ = std::string("\"") + key + "\" is missing or not as it should be";
  }
  const std::string& error() const { return error_; }

 private:
  const Json& object_;
  std::string error_;
};

FromCore configure(Members& in) {
  Configure c;
  c.home = in.text("home");
  const std::string protocol = in.text("protocol");
  if (protocol != "5" && protocol != "3.1.1") in.wrong("protocol");
  c.mqtt5 = protocol == "5";
  c.host = in.text("host");
  if (c.host.empty()) in.wrong("host");
  c.port = static_cast<uint16_t>(in.number("port", 65535));
  c.insecure = in.truth("insecure");
  c.ca = in.text("ca", false);
  c.cert = in.text("cert", false);
  c.key = in.text("key", false);
  c.clock_older = in.truth("clock_older");
  const Json* will = in.find("will", true);
  if (will != nullptr && will->is_object()) {
    Members of_will(*will);
    c.will_topic = of_will.text("topic");
    c.will_payload = of_will.text("payload");
    if (!of_will.error().empty()) in.wrong("will");
  } else {
    in.wrong("will");
  }
  const Json* topics = in.find("subscribe", true);
  if (topics == nullptr || !topics->is_array()) return in.wrong("subscribe"), c;
  for (const Json& topic : *topics) {
    if (!topic.is_string()) return in.wrong("subscribe"), c;
    c.subscribe.push_back(topic.get<std::string>());
  }
  return c;
}

Receipt receipt(Members& in) {
  Receipt r;
  JsonWriter out(r.json);
  if (const Json* token = in.find("token", false)) {
    if (!token->is_string() && !token->is_number_integer()) in.wrong("token");
    out.key("token").raw(token->dump());
    return r;
  }
  const std::string lane = in.text("lane");
  if (!lane_of(lane)) in.wrong("lane");
  out.key("lane").string(lane).key("seq").raw(std::to_string(in.number("seq", UINT64_MAX)));
  return r;
}

FromCore publish(Members& in) {
  Publish p;
  const std::string conn = in.text("conn");
  if (conn != "live" && conn != "backlog") in.wrong("conn");
  p.conn = conn == "backlog" ? Conn::backlog : Conn::live;
  p.generation = static_cast<uint32_t>(in.number("generation", UINT32_MAX));
  p.payload = in.text("payload");
  p.more = in.truth("more");
  if (p.more) return p;
  p.receipt = receipt(in);
  p.topic = in.text("topic");
  if (p.topic.empty() || p.topic.find_first_of("+#") != std::string::npos) in.wrong("topic");
  if (in.find("qos", false) != nullptr) p.qos = static_cast<int>(in.number("qos", 1));
  p.retain = in.truth("retain");
  if (in.find("expiry_s", false) != nullptr) {
    p.expiry_s = static_cast<uint32_t>(in.number("expiry_s", UINT32_MAX));
  }
  return p;
}

FromCore offline(Members& in) {
  return Offline{.topic = in.text("topic"), .payload = in.text("payload")};
}

FromCore by_type(const std::string& type, Members& in) {
  if (type == "configure") return configure(in);
  if (type == "welcome") return Welcome{};
  if (type == "refused") return Refused{in.text("reason", false)};
  if (type == "heartbeat") return Heartbeat{};
  if (type == "publish") return publish(in);
  if (type == "clock") return Clock{in.truth("older")};
  if (type == "urgent") return Urgent{in.truth("waiting")};
  if (type == "offline") return offline(in);
  in.wrong("type");
  return Heartbeat{};
}

std::string object(std::string_view type, auto&& members) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string(type);
  members(json);
  json.end_object();
  return out;
}

}  // namespace

std::string_view name_of(Conn conn) {
  switch (conn) {
    case Conn::live:
      return "live";
    case Conn::backlog:
      return "backlog";
  }
  return "live";
}

std::string_view name_of(LinkState state) {
  switch (state) {
    case LinkState::connected:
      return "connected";
    case LinkState::lost:
      return "lost";
    case LinkState::refused:
      return "refused";
  }
  return "lost";
}

Result<FromCore> read(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return failure("not a JSON object");
  Members in(object);
  const std::string type = in.text("type");
  FromCore message = by_type(type, in);
  if (!in.error().empty()) return failure(type + ": " + in.error());
  return message;
}

std::string hello() {
  return R"({"type":"hello","role":"uplink","name":"lamplight-uplink","wire":[1,0]})";
}

std::string heartbeat() { return R"({"type":"heartbeat"})"; }

std::string link(Conn conn, LinkState state, uint32_t generation, std::string_view why) {
  return object("link", [&](JsonWriter& json) {
    json.key("conn").string(name_of(conn));
    json.key("state").string(name_of(state));
    json.key("generation").integer(generation);
    json.key("why").string(why);
  });
}

std::string published(Conn conn, uint32_t generation, const Receipt& receipt) {
  std::string out = object("published", [&](JsonWriter& json) {
    json.key("conn").string(name_of(conn)).key("generation").integer(generation);
  });
  out.back() = ',';
  return out + receipt.json + "}";
}

std::string command(const Arrived& arrived) {
  // What is no word of ours is none: the text must fit the wire whatever the topic was.
  std::string topic = arrived.topic.substr(arrived.topic.rfind('/') + 1);
  if (topic.size() > kTopicWordMax || !is_utf8_text(topic)) topic.clear();
  const auto build = [&](bool readable) {
    return object("command", [&](JsonWriter& json) {
      json.key("topic").string(topic);
      json.key("payload").string(readable ? std::string_view(arrived.payload) : "");
      json.key("retained").boolean(arrived.retained);
      json.key("too_large").boolean(arrived.too_large);
      if (!readable) json.key("unreadable").boolean(true);
      json.key("size").integer(static_cast<int64_t>(arrived.size));
    });
  };
  if (!is_utf8_text(arrived.payload)) return build(false);
  std::string text = build(true);
  // Control characters grow sixfold. Text that has so many is no JSON and needs no reading.
  if (text.size() + limits::kWireHeaderBytes > limits::kDatagramMax) return build(false);
  return text;
}

}  // namespace lamplight::uplink
