// Step 7 of an instant, and what it rests on: buttons as leases that end by themselves, inhibitions
// as leases over alarms (language, 4.7; alarms design, sections 4 B and 5). A lease touches what is
// heard and never what is decided.
#include <algorithm>

#include "rules/engine/alarm_state.h"
#include "rules/engine/core.h"

namespace lamplight::engine {

// ---- buttons

Event& Engine::Core::emit_window(EventKind kind, uint16_t button, int64_t t) {
  Event& e = emit(kind, kNone, t);
  e.button = button;
  effects->set_annunciate();
  return e;
}

void Engine::Core::end_press(uint16_t button, int64_t t, const Command* act) {
  ButtonState& s = buttons[plan.record[plan.button_op[button]]];
  s.pressed_at = kUnset;
  s.until = kOpen;
  s.ended_at = t;
  dirty.set(plan.button_op[button]);
  Event& e = emit_window(EventKind::window_ended, button, t);
  if (act == nullptr) return;
  e.actor = act->actor;
  e.tag = act->tag;
}

// Acts come before deadlines (language, 4.1), so one that meets the very end ends the press itself.
void Engine::Core::press(const Command& command, int64_t t) {
  if (command.button >= program.buttons.size()) return reject(command, RejectWhy::no_button, t);
  if (command.actor.place != Place::bedside) {
    return reject(command, RejectWhy::not_at_bedside, t);
  }
  const Button& button = program.buttons[command.button];
  ButtonState& s = buttons[plan.record[plan.button_op[command.button]]];
  if (s.until != kOpen && s.until <= t) end_press(command.button, t, nullptr);
  const bool is_release = command.kind == CommandKind::release;
  if (is_release && s.until == kOpen) return reject(command, RejectWhy::not_pressed, t);
  if (is_release) return end_press(command.button, t, &command);
  if (s.until != kOpen) return reject(command, RejectWhy::already_pressed, t);
  // At least one instant lies between two presses: a lease must be seen to end.
  const bool rests = s.ended_at != kUnset && (t == s.ended_at || t < s.ended_at + button.rests.ns);
  if (rests) return reject(command, RejectWhy::resting, t);
  s.pressed_at = t;
  s.until = t + button.lasts.ns;
  dirty.set(plan.button_op[command.button]);
  Event& e = emit_window(EventKind::window_started, command.button, t);
  e.actor = command.actor;
  e.tag = command.tag;
  e.until = {s.until};
}

void Engine::Core::evaluate_button(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  ButtonState& s = buttons[plan.record[index]];
  if (s.until != kOpen && s.until <= t) end_press(op.a, t, nullptr);
  deadlines.arm(plan.timer_slot(index), s.until);
  settle(index, s.until != kOpen ? Truth::yes : Truth::no, 0, t);
}

// ---- leases

// Begins when the condition becomes true, ends when it is not, or at its end; then it needs a false
// condition before it can begin again.
void Engine::Core::evaluate_lease(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  LeaseState& s = leases[plan.record[index]];
  const Truth now = truth(op.a);
  if (s.active != 0 && (now != Truth::yes || s.until <= t)) {
    s = {.began = kUnset, .until = kOpen, .active = 0, .spent = 1};
  }
  if (now == Truth::no) s.spent = 0;
  if (s.active == 0 && s.spent == 0 && now == Truth::yes) {
    s.began = t;
    s.until = op.first == kNone ? kOpen : t + lengths[op.first];
    s.active = 1;
    if (s.until <= t) s = {.began = kUnset, .until = kOpen, .active = 0, .spent = 1};
  }
  deadlines.arm(plan.timer_slot(index), s.until);
  const Truth verdict = s.active != 0 ? Truth::yes : Truth::no;
  if (ops[index].truth != static_cast<uint8_t>(verdict)) leases_changed = true;
  settle(index, verdict, 0, t);
}

// An alarm as a condition of an inhibition: an unconfirmed or inhibited root quiets nothing.
void Engine::Core::evaluate_alarm_raised(OpIndex index, int64_t t) {
  const AlarmIndex a = program.operations[index].a;
  const AlarmState& s = alarms[a];
  Truth verdict = Truth::no;
  if (is(s, ConditionState::raised)) verdict = Truth::yes;
  if (is(s, ConditionState::unconfirmed)) verdict = Truth::unknown;
  if (lease_over(a)) verdict = Truth::no;
  settle(index, verdict, reasons_for(a).bits, t);
}

// The lease that keeps this alarm quiet, the one that ends last; nothing if there is none. What
// worsened is free of every lease that had begun before.
std::optional<Engine::Core::LeaseOver> Engine::Core::lease_over(AlarmIndex a) const {
  std::optional<LeaseOver> out;
  for (const uint16_t i : plan.inhibits_of.row(a)) {
    const Inhibit& inhibit = program.inhibits[i];
    const LeaseState& lease = leases[plan.record[inhibit.lease]];
    if (lease.active == 0) continue;
    if (is_open(alarms[a]) && lease.began < alarms[a].freed_at) continue;
    int64_t until = lease.until;
    if (inhibit.button != kNone) {
      until = std::min(until, buttons[plan.record[plan.button_op[inhibit.button]]].until);
    }
    if (!out || until > out->until) out = LeaseOver{until, i};
  }
  return out;
}

void Engine::Core::note_lease(Event& e, const LeaseOver& lease) {
  e.inhibited = true;
  e.until = {lease.until};
  e.inhibit = lease.inhibit;
}

void Engine::Core::free_of_leases(AlarmIndex a, int64_t t) {
  AlarmState& s = alarms[a];
  s.freed_at = t;
  if (s.inhibited == 0) return;
  s.inhibited = 0;
  add_evidence(emit(EventKind::uninhibited, a, t), program.alarms[a].when);
}

void Engine::Core::run_inhibitions(int64_t t) {
  is_late_pass = true;
  late.drain([&](size_t op) { evaluate(static_cast<OpIndex>(op), t); });
  is_late_pass = false;
  if (!leases_changed) return;
  leases_changed = false;
  for (size_t i = 0; i < alarms.size(); ++i) {
    const auto a = static_cast<AlarmIndex>(i);
    AlarmState& s = alarms[i];
    if (!is_open(s)) continue;
    const auto lease = lease_over(a);
    if (lease.has_value() == (s.inhibited != 0)) continue;
    s.inhibited = lease ? 1 : 0;
    Event& e = emit(lease ? EventKind::inhibited : EventKind::uninhibited, a, t);
    if (lease) note_lease(e, *lease);
    add_evidence(e, program.alarms[a].when);
    effects->set_annunciate();
  }
}

// A gap of unknown length: every window and every lease has ended. More noise, never less.
void Engine::Core::end_leases(int64_t t) {
  for (size_t b = 0; b < program.buttons.size(); ++b) {
    const ButtonState& s = buttons[plan.record[plan.button_op[b]]];
    if (s.until != kOpen) end_press(static_cast<uint16_t>(b), t, nullptr);
  }
  for (const Inhibit& inhibit : program.inhibits) {
    LeaseState& s = leases[plan.record[inhibit.lease]];
    if (s.active == 0) continue;
    s.until = t;
    late.set(inhibit.lease);
  }
}

}  // namespace lamplight::engine
