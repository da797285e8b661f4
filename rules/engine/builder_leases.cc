// Buttons and inhibitions.
#include <algorithm>

#include "rules/engine/builder.h"
#include "rules/engine/hash.h"
#include "rules/engine/state.h"
#include "rules/model/limits.h"

namespace lamplight::engine {

uint16_t ProgramBuilder::add_button(Button button) {
  const std::string n = "button `" + button.name + "`";
  if (program_.buttons.size() >= limits::kButtonsMax) fail("more than 32 buttons");
  if (button.lasts.ns <= 0 || button.lasts > hours(24)) fail(n + " must last 0 to 24 h");
  if (button.rests.ns < 0 || button.rests > hours(24)) fail(n + " may rest for 24 h at most");
  const auto index = static_cast<uint16_t>(program_.buttons.size());
  Operation op;
  op.kind = OpKind::button;
  op.a = index;
  Show show;
  show.text = add_literal(button.name);
  op.show = intern_show(std::move(show));
  const uint64_t hash =
      node(op.kind).add(button.name).add(button.lasts.ns).add(button.rests.ns).value();
  if (by_hash_.contains(hash)) fail(n + " is declared twice");
  program_.buttons.push_back(std::move(button));
  button_ops_.push_back(intern(op, hash));
  return index;
}

OpIndex ProgramBuilder::pressed(uint16_t button) {
  if (button < button_ops_.size()) return button_ops_[button];
  fail("a condition names an unknown button");
  return constant(Truth::unknown);
}

OpIndex ProgramBuilder::alarm_raised(AlarmIndex alarm) {
  if (alarm >= program_.alarms.size()) {
    fail("a condition names an unknown alarm");
    return constant(Truth::unknown);
  }
  Operation op;
  op.kind = OpKind::alarm_raised;
  op.a = alarm;
  return intern(op, node(op.kind).add(program_.alarms[alarm].id).value());
}

void ProgramBuilder::add_inhibit(OpIndex condition, Duration at_most, Inhibit inhibit) {
  if (!operand_ok(condition)) return;
  for (const AlarmIndex a : inhibit.alarms) {
    if (a >= program_.alarms.size()) return fail("an inhibition names an unknown alarm");
    if (program_.alarms[a].never_inhibited) {
      fail("alarm `" + program_.alarms[a].id + "` is never inhibited");
    }
  }
  Operation op;
  op.kind = OpKind::lease;
  op.a = condition;
  if (at_most.ns > 0) op.first = intern_span({.literal = at_most, .limit = kNone});
  inhibit.lease =
      intern(op, node(op.kind).add(hash_of(condition)).add(hash_span(op.first)).value());
  // What reads an alarm was made before this; a lease over that alarm would come too late.
  for (size_t i = 0; i < inhibit.lease; ++i) {
    const Operation& earlier = program_.operations[i];
    if (earlier.kind != OpKind::alarm_raised) continue;
    const auto& all = inhibit.alarms;
    if (std::find(all.begin(), all.end(), earlier.a) != all.end()) {
      fail("inhibitions in a circle, or not in their order");
    }
  }
  program_.inhibits.push_back(std::move(inhibit));
}

}  // namespace lamplight::engine
