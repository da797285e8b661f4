// Evidence and texts of an event for the record, MQTT and replay: exact decimals, keys in a fixed
// order. Allocates (strings); runs outside step(), on the effects it left.
#pragma once

#include <string>
#include <string_view>

#include "rules/engine/effects.h"
#include "rules/engine/program.h"
#include "rules/model/json_writer.h"

namespace lamplight::engine {

class Engine;

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
// A text for lists of what is open now, without an event at hand: numbers and reasons as they are
// now. A reason that is no longer there goes, with the parentheses around it.
std::string text_now(const Engine& engine, AlarmIndex index, TextIndex text,
                     std::string_view child);

}  // namespace lamplight::engine
