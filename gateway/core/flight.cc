#include "gateway/core/flight.h"

#include "rules/model/json_writer.h"

namespace lamplight::core {

std::string publish_json(std::string_view home, Conn conn, uint32_t generation, const Key& key,
                         const Message& message) {
  std::string text;
  text.reserve(256 + message.payload.size() * 9 / 8);
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
  out.key("payload").string(message.payload).end_object();
  return text;
}

}  // namespace lamplight::core
