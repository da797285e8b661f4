#include "gateway/core/command.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "rules/engine/effects.h"
#include "rules/model/json_writer.h"
#include "rules/model/limits.h"
#include "rules/model/rfc3339.h"
#include "rules/model/text.h"

namespace lamplight::core {
namespace {

using Json = nlohmann::json;

constexpr size_t kWordMax = 64;
// What cannot be kept whole is refused: a nurse's name or office is never shown cut.
constexpr size_t kActorMax = engine::Actor::kIdMax;
constexpr size_t kRoleMax = engine::Actor::kRoleMax;
constexpr Duration kMemory = hours(24);
constexpr int kDepthMax = 8;  // a command is flat; deeper nesting is refused before it is parsed

constexpr auto kTypes = std::to_array<std::pair<std::string_view, CommandType>>({
    {"accept", CommandType::accept},
    {"reject", CommandType::reject},
    {"withdraw", CommandType::withdraw},
    {"acknowledge", CommandType::acknowledge},
    {"message", CommandType::message},
    {"watch", CommandType::watch},
    {"resend-from", CommandType::resend_from},
    {"set-plan", CommandType::set_plan},
    {"pause", CommandType::bedside_only},
    {"resume", CommandType::bedside_only},
    {"stand-down", CommandType::bedside_only},
    {"press", CommandType::bedside_only},
    {"release", CommandType::bedside_only},
});

// Brackets within strings count too: a bound, not a parser.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDepthMax) return true;
  }
  return false;
}

// A string of 1 … `most` bytes without control characters.
std::optional<std::string> word(const Json& object, const char* key, size_t most = kWordMax) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_string()) return std::nullopt;
  auto text = it->get<std::string>();
  if (text.empty() || text.size() > most) return std::nullopt;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
  }
  return text;
}

std::optional<uint64_t> number(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  if (it->is_number_unsigned()) return it->get<uint64_t>();
  return std::nullopt;  // negative
}

// The id alone: at most 64 characters, which may be up to 4 bytes each.
std::optional<std::string> readable_id(const Json& object) {
  auto id = word(object, "id", 4 * limits::kCommandIdCharsMax);
  if (!id || count_characters(*id) > limits::kCommandIdCharsMax) return std::nullopt;
  return id;
}

// Fields that acts on an occurrence need; absent or ill-formed: malformed.
bool read_occurrence(const Json& object, RemoteAct& act) {
  const auto occurrence = number(object, "occurrence");
  const auto store_id = word(object, "store_id");
  if (!occurrence || !store_id) return false;
  act.occurrence = *occurrence;
  act.store_id = *store_id;
  return true;
}

bool read_resend(const Json& object, RemoteAct& act) {
  const auto lane = word(object, "lane");
  const auto seq = number(object, "seq");
  const auto store_id = word(object, "store_id");
  if (!lane || !seq || *seq == 0 || !store_id) return false;
  const auto known = lane_of(*lane);
  if (!known) return false;
  act.lane = *known;
  act.seq = *seq;
  act.store_id = *store_id;
  return true;
}

bool read_fields(const Json& object, RemoteAct& act) {
  switch (act.type) {
    case CommandType::accept:
    case CommandType::reject:
    case CommandType::withdraw:
    case CommandType::acknowledge:
      return read_occurrence(object, act);
    case CommandType::resend_from:
      return read_resend(object, act);
    case CommandType::watch: {
      const auto device = word(object, "device");
      if (device) act.device = *device;
      return device.has_value();
    }
    case CommandType::bedside_only:
      act.occurrence = number(object, "occurrence").value_or(0);
      return true;
    case CommandType::message:
    case CommandType::set_plan:
      return true;
  }
  return false;
}

// Years 1970 to 2200; another date is a fault of the sender, and no act is carried out on its word.
bool is_plausible(int64_t unix_ns) {
  constexpr int64_t kEnd = 7'289'654'400;  // 2201-01-01
  return unix_ns >= 0 && unix_ns / 1'000'000'000 < kEnd;
}

bool read_dates(const Json& object, RemoteAct& act) {
  for (const char* key : {"issued_at", "expires_at"}) {
    const auto it = object.find(key);
    if (it == object.end() || it->is_null()) continue;
    if (!it->is_string()) return false;
    const auto at = parse_rfc3339(it->get_ref<const std::string&>());
    if (!at || !is_plausible(*at)) return false;
    if (std::string_view(key) == "expires_at") act.expires_ns = *at;
  }
  return true;
}

Why read(const Json& object, RemoteAct& act) {
  const auto version = number(object, "v");
  if (!version || *version != 1 || act.id.empty()) return Why::malformed;
  const auto type = object.find("type");
  if (type == object.end() || !type->is_string()) return Why::malformed;
  bool known = false;
  for (const auto& [name, value] : kTypes) {
    if (type->get_ref<const std::string&>() == name) {
      act.type = value;
      known = true;
    }
  }
  if (!known) return Why::unknown_type;
  const auto actor = word(object, "actor", kActorMax);
  const auto role = word(object, "role", kRoleMax);
  if (!actor || !role || !read_dates(object, act) || !read_fields(object, act)) {
    return Why::malformed;
  }
  act.actor = *actor;
  act.role = *role;
  return Why::none;
}

}  // namespace

std::string_view name_of(Why why) {
  switch (why) {
    case Why::none:
      return "";
    case Why::retained:
      return "retained";
    case Why::malformed:
      return "malformed";
    case Why::too_large:
      return "too_large";
    case Why::unknown_type:
      return "unknown_type";
    case Why::unknown_occurrence:
      return "unknown_occurrence";
    case Why::closed:
      return "closed";
    case Why::expired:
      return "expired";
    case Why::other_store:
      return "other_store";
    case Why::not_at_bedside:
      return "not_at_bedside";
    case Why::unsupported:
      return "unsupported";
  }
  return "";
}

Decoded decode_command(const RemoteCommand& command) {
  Decoded decoded;
  if (command.too_large || command.payload.size() > limits::kCommandBytesMax) {
    decoded.why = command.retained ? Why::retained : Why::too_large;
    return decoded;
  }
  const Json object = too_deep(command.payload)
                          ? Json(Json::value_t::discarded)
                          : Json::parse(command.payload, nullptr, /*allow_exceptions=*/false);
  if (object.is_object()) decoded.id = readable_id(object);
  if (command.retained) {
    decoded.why = Why::retained;
  } else if (!object.is_object()) {
    decoded.why = Why::malformed;
  } else {
    decoded.act.id = decoded.id.value_or("");
    decoded.why = read(object, decoded.act);
  }
  return decoded;
}

std::string answer_json(const Answer& answer) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("v").integer(1).key("id");
  if (answer.id) {
    out.string(*answer.id);
  } else {
    out.null();
  }
  out.key("outcome").string(answer.outcome).key("why");
  if (answer.why == Why::none) {
    out.null();
  } else {
    out.string(name_of(answer.why));
  }
  out.key("seq");
  if (answer.seq) {
    out.integer(static_cast<int64_t>(*answer.seq));
  } else {
    out.null();
  }
  if (answer.expiry_unchecked) out.key("expiry_unchecked").boolean(true);
  out.end_object();
  return text;
}

void CommandMemory::remember(MonoTime now, const std::string& id, Entry entry) {
  if (!by_id_.try_emplace(id, entry).second) return;
  order_.push_back({now, id});
  while (order_.size() > kHardMax ||
         (order_.size() > limits::kRememberedCommandsMax && now - order_.front().at > kMemory)) {
    by_id_.erase(order_.front().id);
    order_.pop_front();
  }
}

const CommandMemory::Entry* CommandMemory::find(const std::string& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &it->second;
}

}  // namespace lamplight::core
