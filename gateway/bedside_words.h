// Acts at the bedside as core.sock hears them: one message is one act by a named person, or a
// sentence that says what is missing. Judges form only; what may be done now is the engine's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/core/bedside_act.h"
#include "gateway/json_object.h"

namespace lamplight {

// The kind of act that a message of this type asks for; nothing if it asks for none.
std::optional<core::ActKind> act_kind_of(std::string_view type);

struct HeardAct {
  std::optional<core::BedsideAct> act;  // without its ticket
  std::string why_not;
};
HeardAct bedside_act_of(core::ActKind kind, const JsonObject& message);

}  // namespace lamplight
