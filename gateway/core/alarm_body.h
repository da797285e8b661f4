// The fields of an `alarm.*` event behind the common head: alarms design, section 8, and the ACM
// words of section 10. Texts bear {child} as "the child": the plan's name is never handed in here.
// Instants are ns of this boot's monotonic clock.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/core/core.h"
#include "gateway/core/state.h"
#include "rules/engine/engine.h"
#include "rules/model/json_writer.h"

namespace lamplight::core {

// The command that caused an event, for "command":{…}.
struct CommandRef {
  std::string_view id;
  std::string_view outcome;
  std::string_view why;  // empty: null
};
void write_command(JsonWriter& out, const CommandRef& command);

struct AlarmBody {
  const engine::Engine& engine;
  const engine::EffectList& effects;
  std::span<const DeviceSetup> devices;
  const State& state;
};

// When the annunciate effect of the event's occurrence left the core; kNever: it did not.
MonoTime signalled_at(const State& state, uint64_t occurrence);

void write_alarm_fields(JsonWriter& out, const AlarmBody& context, const engine::Event& event,
                        const std::optional<CommandRef>& command);

// phase, state and inactivation of ACM, for one event or for a snapshot's "continue".
struct AcmWords {
  std::string_view phase;
  std::string_view state;
  std::string_view inactivation;
};
AcmWords acm_words(engine::EventKind kind, const engine::AlarmView& view, uint16_t again);
AcmWords acm_continue(const engine::AlarmView& view);
std::string_view acm_priority(Priority priority);
std::string_view acm_type(engine::AlarmClass klass);
std::string_view name_of(engine::AlarmClass klass);

}  // namespace lamplight::core
