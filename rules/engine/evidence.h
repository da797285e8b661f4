// Evidence and texts of an event for the record, MQTT and replay: exact decimals, keys in a fixed
// order. Allocates (strings); runs outside step(), on the effects it left.
#pragma once

#include <string>

#include "rules/engine/effects.h"
#include "rules/engine/program.h"
#include "rules/model/json_writer.h"

namespace lamplight::engine {

// {"held":10,"atoms":[{"text":"spo2 < 90 percent","truth":"T","since":10,"worst":88,"last":88,
//  "samples":11}],"reasons":[]}; times in seconds from `zero`.
// `program` is Engine::program().
void write_evidence_json(const Program& program, const EffectList& effects, const Event& event,
                         MonoTime zero, JsonWriter& out);

// The words of atom `op` with the limits of the given profiles: "spo2 < 90 percent".
std::string atom_text(const Program& program, OpIndex op, ProfileSet profiles);

// One of the alarm's texts at the event's instant. `child` fills {child}: at home the plan's name,
// for everything that leaves the home "the child".
enum class Wording : uint8_t { title, say, instruction };
std::string sentence(const Program& program, const Alarm& alarm, const EffectList& effects,
                     const Event& event, Wording which, std::string_view child);
// The template with {holes} as written, and its arguments as a JSON object {"spo2":"88 percent"}.
std::string template_text(const Program& program, TextIndex text);
void write_args_json(const Program& program, const Alarm& alarm, const EffectList& effects,
                     const Event& event, Wording which, JsonWriter& out);
// A title for lists without an event: holes are left as written.
std::string plain_title(const Program& program, const Alarm& alarm);

}  // namespace lamplight::engine
