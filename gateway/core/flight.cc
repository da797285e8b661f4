#include "gateway/core/flight.h"

#include <algorithm>

#include "rules/model/json_writer.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight::core {
namespace {

constexpr size_t kTextMax = limits::kDatagramMax - limits::kWireHeaderBytes;
constexpr size_t kHeadMax = 2 * 1024;  // of a message, its topic included
constexpr std::string_view kUnreadable = "\xEF\xBF\xBD";

std::string readable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    out += c.bytes == 0 || c.code == 0 ? kUnreadable : text.substr(at, c.bytes);
    at += std::max<size_t>(c.bytes, 1);
  }
  return out;
}

std::string part_json(Conn conn, uint32_t generation, std::string_view payload) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string("publish").key("conn").string(name_of(conn));
  out.key("generation").integer(generation).key("more").boolean(true);
  out.key("payload").string(payload).end_object();
  return text;
}

std::string last_json(std::string_view home, Conn conn, uint32_t generation, const Key& key,
                      const Message& message, std::string_view payload) {
  std::string text;
  text.reserve(256 + payload.size() * 9 / 8);
  JsonWriter out(text);
  out.begin_object().key("type").string("publish").key("conn").string(name_of(conn));
  out.key("generation").integer(generation);
  if (key.has_seq) {
    out.key("lane").string(name_of(key.lane));
    out.key("seq").integer(static_cast<int64_t>(key.number));
  } else {
    out.key("token").integer(static_cast<int64_t>(key.number));
  }
  out.key("topic").string("lamplight/v1/" + std::string(home) + '/' + message.topic);
  out.key("qos").integer(message.qos).key("retain").boolean(message.retain);
  if (message.expiry_s > 0) out.key("expiry_s").integer(message.expiry_s);
  out.key("payload").string(payload).end_object();
  return text;
}

}  // namespace

std::vector<std::string> publish_json(std::string_view home, Conn conn, uint32_t generation,
                                      const Key& key, const Message& message) {
  if (!is_utf8_text(message.payload)) {
    const std::string repaired = readable(message.payload);
    Message copy = message;
    copy.payload = repaired;
    return publish_json(home, conn, generation, key, copy);
  }
  std::vector<std::string> texts = {
      last_json(home, conn, generation, key, message, message.payload)};
  if (texts.front().size() <= kTextMax) return texts;
  texts.clear();
  const auto pieces = pieces_for_json(message.payload, kTextMax - kHeadMax);
  for (size_t i = 0; i + 1 < pieces.size(); ++i) {
    texts.push_back(part_json(conn, generation, pieces[i]));
  }
  texts.push_back(last_json(home, conn, generation, key, message, pieces.back()));
  return texts;
}

}  // namespace lamplight::core
