// What is quiet and why, as every screen must show it: by whom, and when it ends.
#include <algorithm>

#include "gateway/core/parts.h"

namespace lamplight::core {

// Of one alarm: acknowledged, paused, held back.
void Core::Parts::write_quiet(JsonWriter& out, const engine::AlarmView& view, MonoTime now,
                              bool names) const {
  const auto who = [&](std::string_view key, ActKind kind) {
    const StandingAct* act = act_on(view.occurrence, kind);
    if (act != nullptr) out.key(key).string(names ? at_home(act->by) : act->by);
  };
  const auto left = [&](std::string_view key, MonoTime until) {
    if (until != kNever) out.key(key).integer(std::max<int64_t>(0, (boot_time(until) - now).ms()));
  };
  left("quiet_for_ms", view.ack_until);
  if (view.signal == engine::SignalState::acknowledged) {
    who("acknowledged_by", ActKind::acknowledge);
  }
  if (view.paused) {
    left("paused_for_ms", view.paused_until);
    who("paused_by", ActKind::pause);
  }
  if (!view.inhibited) return;
  out.key("inhibited").boolean(true);
  if (view.inhibit != engine::kNone) {
    out.key("inhibited_by").string(engine->program().inhibits[view.inhibit].by);
  }
  left("inhibited_for_ms", view.inhibited_until);
}

// Buttons that are pressed, with what they hold back, and alarms that were stood down.
void Core::Parts::write_standing(JsonWriter& out, MonoTime now, bool names) const {
  const engine::Program& running = engine->program();
  out.key("windows").begin_array();
  for (uint16_t b = 0; b < running.buttons.size(); ++b) {
    const MonoTime until = engine->pressed_until(b);
    if (until == kNever) continue;
    const std::string& name = running.buttons[b].name;
    out.begin_object().key("button").string(name);
    out.key("for_ms").integer(std::max<int64_t>(0, (boot_time(until) - now).ms()));
    for (const StandingAct& act : state.acts) {
      if (act.kind != ActKind::press || act.what != name) continue;
      out.key("by").string(names ? at_home(act.by) : act.by);
      out.key("age_ms").integer((now - boot_time(act.at)).ms());
    }
    out.key("holds_back").begin_array();
    for (const engine::Inhibit& inhibit : running.inhibits) {
      if (inhibit.button != b) continue;
      for (const engine::AlarmIndex a : inhibit.alarms) out.string(running.alarms[a].id);
    }
    out.end_array().end_object();
  }
  out.end_array().key("stood_down").begin_array();
  for (const StandingAct& act : state.acts) {
    if (act.kind != ActKind::stand_down) continue;
    out.begin_object().key("occurrence").integer(static_cast<int64_t>(act.occurrence));
    out.key("rule").string(act.what).key("by").string(names ? at_home(act.by) : act.by);
    out.key("reason").string(act.reason).key("left_to").string(act.left_to);
    out.key("age_ms").integer((now - boot_time(act.at)).ms()).end_object();
  }
  out.end_array();
}

}  // namespace lamplight::core
