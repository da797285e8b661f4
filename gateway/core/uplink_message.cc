#include "gateway/core/uplink_message.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight::core {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}
std::optional<uint64_t> number_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_unsigned()) return std::nullopt;
  return it->get<uint64_t>();
}
bool flag_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}
std::optional<Conn> conn_of(const Json& object) {
  const std::string word = text_of(object, "conn");
  if (word == "live") return Conn::live;
  if (word == "backlog") return Conn::backlog;
  return std::nullopt;
}

Result<UplinkMessage> link(const Json& object) {
  const auto conn = conn_of(object);
  const auto generation = number_of(object, "generation");
  const std::string state = text_of(object, "state");
  if (!conn || !generation || *generation > UINT32_MAX) return failure("link: conn or generation");
  LinkChange change{*conn, LinkState::lost, static_cast<uint32_t>(*generation),
                    std::string(cut_text(text_of(object, "why"), 200))};
  if (state == "connected") {
    change.state = LinkState::connected;
  } else if (state == "refused") {
    change.state = LinkState::refused;
  } else if (state != "lost") {
    return failure("link: state");
  }
  return change;
}

Result<UplinkMessage> published(const Json& object) {
  const auto conn = conn_of(object);
  const auto generation = number_of(object, "generation");
  if (!conn || !generation || *generation > UINT32_MAX) {
    return failure("published: conn or generation");
  }
  Published message{*conn, static_cast<uint32_t>(*generation), {}};
  if (const auto token = number_of(object, "token")) {
    message.key = {.number = *token};
    return message;
  }
  const auto lane = lane_of(text_of(object, "lane"));
  const auto seq = number_of(object, "seq");
  if (!lane || !seq) return failure("published: neither token nor lane and seq");
  message.key = {.has_seq = true, .lane = *lane, .number = *seq};
  return message;
}

Result<UplinkMessage> stored(const std::string& payload) {
  const Json object = Json::parse(payload, nullptr, false);
  if (!object.is_object()) return failure("stored: not an object");
  Stored message{text_of(object, "store_id"), {}};
  for (int i = 0; i < kLaneCount; ++i) {
    const auto lane = static_cast<Lane>(i);
    if (const auto seq = number_of(object, std::string(name_of(lane)).c_str())) {
      message.lanes.emplace_back(lane, *seq);
    }
  }
  return message;
}

Result<UplinkMessage> command(const Json& object) {
  std::string payload = text_of(object, "payload");
  const bool too_large = flag_of(object, "too_large") || payload.size() > limits::kCommandBytesMax;
  if (text_of(object, "topic") == "stored") {
    if (too_large || flag_of(object, "retained")) return failure("stored: retained or too large");
    return stored(payload);
  }
  if (text_of(object, "topic") != "command") return failure("command: unknown topic");
  if (too_large) payload.clear();
  return RemoteCommand{std::move(payload), flag_of(object, "retained"), too_large};
}

}  // namespace

Result<UplinkMessage> decode_uplink(std::string_view json) {
  const Json object = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!object.is_object()) return failure("not an object");
  const std::string type = text_of(object, "type");
  if (type == "link") return link(object);
  if (type == "published") return published(object);
  if (type == "command") return command(object);
  return Other{};
}

}  // namespace lamplight::core
