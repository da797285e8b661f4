// Freezing what an event needs at the instant it happens: evidence, hole values, times. Costs only
// at an edge; fixed storage, an explicit stack instead of recursion.
#include <algorithm>
#include <array>

#include "rules/engine/core.h"
#include "rules/model/assert.h"

namespace lamplight::engine {

ReasonSet Engine::Core::reasons_for(AlarmIndex a) const {
  const Alarm& alarm = program.alarms[a];
  ReasonSet reasons;
  reasons.bits = ops[alarm.now_part].reasons;
  if (alarm.lost_signal != kNone && !is_valid(alarm.lost_signal)) {
    reasons.add(static_cast<Reason>(signals[alarm.lost_signal].reason));
  }
  return reasons;
}

Event& Engine::Core::emit(EventKind kind, AlarmIndex a, int64_t t) {
  Event& e = effects->append();
  e.kind = kind;
  e.alarm = a;
  e.t = {t};
  e.emitted = {emitted};
  e.until = kNever;
  e.raised_at = kNever;
  e.measured_at = kNever;
  e.received_at = kNever;
  e.profiles = static_cast<ProfileSet>(totals.profiles);
  if (a == kNone || a >= alarms.size()) return e;
  const AlarmState& s = alarms[a];
  e.rank = {static_cast<Severity>(s.severity), static_cast<Onset>(s.onset)};
  e.priority = priority(e.rank);
  e.occurrence = s.occurrence;
  e.previous = s.previous;
  e.again = s.again;
  e.flaps = s.flaps;
  e.reasons = reasons_for(a);
  e.raised_at = {s.raised_at == kUnset ? kOpen : s.raised_at};
  add_measured(e, a);
  return e;
}

void Engine::Core::add_measured(Event& e, AlarmIndex a) {
  int64_t measured = kUnset;
  int64_t received = kUnset;
  for (const SignalIndex i : plan.signals_of_alarm.row(a)) {
    if (signals[i].measured_at <= measured) continue;
    measured = signals[i].measured_at;
    received = signals[i].effect_at;
  }
  if (measured == kUnset) return;
  e.measured_at = {measured};
  e.received_at = {received};
}

// How long the root has had its truth; of a `for`, how long its operand has.
Duration Engine::Core::held_of(OpIndex root, int64_t t) const {
  if (program.operations[root].kind == OpKind::hold_for) {
    const int64_t run = timed[plan.record[root]].run;
    if (run != kUnset) return {t - run};
  }
  return {t - ops[root].since};
}

void Engine::Core::add_evidence(Event& e, OpIndex root) {
  const Alarm& alarm = program.alarms[e.alarm];
  const bool composite = program.operations[root].kind != OpKind::hold_for;
  e.held = held_of(root == alarm.when && composite ? alarm.now_part : root, e.t.ns);
  collect_atoms(root, e);
}

// The true children of an `or`, all children of an `and`; where an `or` is not true, all of it.
void Engine::Core::collect_atoms(OpIndex root, Event& e) {
  std::array<OpIndex, 64> stack{};
  size_t depth = 0;
  stack[depth++] = root;
  while (depth > 0) {
    const OpIndex index = stack[--depth];
    const Operation& op = program.operations[index];
    if (op.kind == OpKind::constant) continue;
    if (is_atom(op.kind)) {
      const OpState& s = ops[index];
      EvidenceAtom atom{.op = index,
                        .truth = truth(index),
                        .has_value = false,
                        .samples = s.samples,
                        .since = {s.since},
                        .worst = 0,
                        .last = 0};
      if (is_compare(op.kind) && s.has_value != 0) {
        atom.has_value = true;
        atom.worst = compares[plan.record[index]].worst;
        atom.last = compares[plan.record[index]].last;
      }
      if (is_area(op.kind)) {
        atom.has_value = true;
        atom.worst = atom.last = area_at(index, e.t.ns);
      }
      if (op.kind == OpKind::is_value && is_valid(op.a)) {
        atom.has_value = true;
        atom.worst = atom.last = signals[op.a].value;
      }
      if (op.kind == OpKind::count_starts) {
        atom.has_value = true;
        atom.worst = atom.last = starts_within(index, e.t.ns);
      }
      const auto known = effects->evidence(e);
      const bool seen = std::any_of(known.begin(), known.end(),
                                    [&](const EvidenceAtom& k) { return k.op == index; });
      if (!seen && !effects->append_atom(e, atom)) return;
      continue;
    }
    const bool chooses = op.kind == OpKind::logical_or && truth(index) == Truth::yes;
    const auto push = [&](OpIndex child) {
      if (child == kNone || depth == stack.size()) return;
      if (!chooses || truth(child) == Truth::yes) stack[depth++] = child;
    };
    push(op.b);
    push(op.a);  // on top: taken first, so atoms come in the order of the text
  }
}

HoleValue Engine::Core::hole_value(const Linear& value, int64_t t) const {
  HoleValue hole{.value = value.constant, .known = true, .reasons = {}};
  const auto set = static_cast<ProfileSet>(totals.profiles);
  for (const Term& term : value.limits) {
    hole.value += term.coefficient * limit_value(program.limits[term.index], set);
  }
  for (const Term& term : value.signals) {
    hole.value += term.coefficient * signals[term.index].value;
    if (is_valid(term.index)) continue;
    hole.known = false;
    hole.reasons.add(static_cast<Reason>(signals[term.index].reason));
  }
  for (const Term& term : value.numbers) {
    const NumberNow n = number_at(term.index, t);
    hole.known = hole.known && n.known;
    hole.reasons.bits |= n.reasons;
    const __int128 part = rounded(__int128{term.coefficient} * n.num, n.known ? n.den : 1);
    hole.value += static_cast<int64_t>(part);
  }
  return hole;
}

void Engine::Core::add_holes(Event& e, const Alarm& alarm) {
  for (const TextIndex index : {alarm.title, alarm.say, alarm.instruction}) {
    if (index == kNone) continue;
    for (const Piece& piece : program.texts[index].pieces) {
      if (piece.kind != Piece::Kind::quantity) continue;
      if (!effects->append_hole(e, hole_value(piece.quantity.value, e.t.ns))) return;
    }
  }
}

}  // namespace lamplight::engine
