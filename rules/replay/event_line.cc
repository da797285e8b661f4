#include "rules/replay/event_line.h"

#include "rules/engine/evidence.h"
#include "rules/model/json_writer.h"

namespace lamplight::replay {

void append_event_line(const engine::Program& program, const engine::EffectList& effects,
                       const engine::Event& event, std::string& out, const WallLabel& wall) {
  JsonWriter json(out);
  json.begin_object();
  json.key("t").decimal(event.t.ns, 9);
  json.key("alarm").string(program.alarms[event.alarm].id);
  json.key("event").string(engine::name_of(event.kind));
  json.key("priority").string(name_of(event.priority));
  json.key("evidence");
  engine::write_evidence_json(program, effects, event, {}, json);
  if (event.cause != engine::Cause::none) json.key("cause").string(engine::name_of(event.cause));
  if (!event.reasons.empty()) {
    json.key("reasons").begin_array();
    for (int i = 1; i < kReasonCount; ++i) {
      const auto reason = static_cast<Reason>(i);
      if (event.reasons.has(reason)) json.string(name_of(reason));
    }
    json.end_array();
  }
  if (event.inhibited && event.until != kNever) json.key("until").decimal(event.until.ns, 9);
  if (event.inhibit != engine::kNone) json.key("by").string(program.inhibits[event.inhibit].by);
  if (event.previous != 0) json.key("previous").integer(static_cast<int64_t>(event.previous));
  if (event.again != 0) json.key("again").integer(event.again);
  if (event.inhibited) json.key("inhibited").boolean(true);
  if (wall) {
    if (const std::string label = wall(event.t.ns); !label.empty()) json.key("wall").string(label);
    json.key("emitted").decimal(event.emitted.ns, 9);
  }
  json.end_object();
}

}  // namespace lamplight::replay
