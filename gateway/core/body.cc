#include "gateway/core/body.h"

#include "gateway/core/label.h"

namespace lamplight::core {
namespace {

constexpr std::string_view kDurable = R"("durable":true)";
constexpr std::string_view kNotDurable = R"("durable":false)";
constexpr std::string_view kHistorical = R"(,"historical":true)";

}  // namespace

void begin_body(JsonWriter& out, const Head& head) {
  out.begin_object().key("v").integer(1);
  out.key("home").string(head.home).key("boot").string(head.boot);
  out.key("store_id").string(head.store_id);
  out.key("lane").string(name_of(head.lane)).key("seq").integer(static_cast<int64_t>(head.seq));
  if (!head.event.empty()) out.key("event").string(head.event);
  out.key("at").string(rfc3339(head.at.unix_ns)).key("clock").string(name_of(head.at.clock));
  out.key("mono_ms").integer(head.t.ns / 1'000'000);
  out.key("durable").boolean(true);
}

std::optional<std::string> published(std::string_view body, Copy copy) {
  // The head's own strings are escaped or opaque ids, so the first match is the head's flag.
  const size_t at = body.find(kDurable);
  if (at == std::string_view::npos) return std::nullopt;
  std::string out;
  out.reserve(body.size() + kHistorical.size() + 1);
  out += body.substr(0, at);
  out += copy.durable ? kDurable : kNotDurable;
  if (copy.historical) out += kHistorical;
  out += body.substr(at + kDurable.size());
  return out;
}

std::optional<std::string> live_topic(Lane lane, std::string_view body) {
  if (lane == Lane::alarm) {
    // First key after the head, see AlarmBodies: digits up to the next comma.
    constexpr std::string_view kKey = R"("occurrence":)";
    const size_t at = body.find(kKey);
    if (at == std::string_view::npos) return std::nullopt;
    const size_t digits = at + kKey.size();
    return "alarm/" + std::string(body.substr(digits, body.find_first_of(",}", digits) - digits));
  }
  const std::string_view head = body.substr(0, body.find(kDurable));
  return head.find(R"("event":"system.gap")") == std::string_view::npos ? "system" : "gap";
}

void write_instant(JsonWriter& out, std::string_view key, MonoTime t) {
  out.key(key);
  if (t == kNever) {
    out.null();
  } else {
    out.integer(t.ns);
  }
}

}  // namespace lamplight::core
