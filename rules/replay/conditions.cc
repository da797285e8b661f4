#include "rules/replay/conditions.h"

#include "rules/engine/evidence.h"
#include "rules/engine/state.h"
#include "rules/model/assert.h"
#include "rules/replay/areas.h"
#include "rules/replay/by_engine.h"
#include "rules/replay/logic.h"

namespace lamplight::replay {
namespace {

using engine::Operation;
using engine::OpIndex;
using engine::OpKind;

// A comparison of one signal with what the profiles may change.
bool is_of_one_signal(const engine::Program& program, const Operation& op) {
  if (engine::is_signal_test(op.kind)) return true;
  return op.kind == OpKind::compare && program.linears[op.a].signals.size() == 1;
}

// Which signal, and the stretch of its values that makes the atom true.
engine::SignalIndex signal_of(const engine::Program& program, const Operation& op) {
  return op.kind == OpKind::compare ? program.linears[op.a].signals[0].index : op.a;
}

std::vector<IntervalStep> intervals_of(const engine::Program& program, const Operation& op,
                                       const Recording& recording) {
  if (op.kind == OpKind::is_value) return {{recording.start, {op.value, op.value}}};
  if (op.kind != OpKind::compare) return {{recording.start, {}}};
  const engine::Linear& linear = program.linears[op.a];
  std::vector<IntervalStep> steps;
  for (const Step& s : steps_of_limits(program, linear, recording)) {
    steps.push_back({s.t, below_zero(linear.signals[0].coefficient, s.value)});
  }
  return steps;
}

// A comparison of limits alone.
Timeline of_limits(const engine::Program& program, const Operation& op,
                   const Recording& recording) {
  Timeline line;
  for (const Step& s : steps_of_limits(program, program.linears[op.a], recording)) {
    line.set(s.t, s.value < 0 ? Truth::yes : Truth::no);
  }
  return line;
}

void add_reading(const Recording& recording, engine::SignalIndex signal, AtomCache::Key& key) {
  const Reading& r = recording.readings[signal];
  key.insert(key.end(),
             {static_cast<int64_t>(reinterpret_cast<uintptr_t>(r.column)), r.low, r.high, r.stale});
}

void add_limit_values(const engine::Program& program, const engine::Linear& linear,
                      const Recording& recording, AtomCache::Key& key) {
  for (const Step& s : steps_of_limits(program, linear, recording)) {
    key.push_back(s.t);
    key.push_back(s.value);
  }
}

}  // namespace

std::string words_of(const engine::Program& program, OpIndex op) {
  const uint16_t show = program.operations[op].show;
  if (show == engine::kNone || program.shows[show].text == engine::kNone) {
    return engine::name_of(program.operations[op].kind);
  }
  std::string words;
  for (const engine::Piece& piece : program.texts[program.shows[show].text].pieces) {
    words += piece.literal;
  }
  return words;
}

Conditions::Conditions(const engine::Program& program, const Recording& recording, AtomCache& cache)
    : program_(program), recording_(recording), cache_(cache) {
  known_.assign(program.operations.size(), nullptr);
}

const Timeline& Conditions::keep(OpIndex op, Timeline line) {
  own_.push_back(std::make_unique<Timeline>(std::move(line)));
  known_[op] = own_.back().get();
  return *known_[op];
}

void Conditions::give(OpIndex op, Timeline line) { keep(op, std::move(line)); }

const Timeline& Conditions::of(OpIndex root) {
  // An explicit stack: operands first.
  std::vector<OpIndex> stack{root};
  while (!stack.empty()) {
    const OpIndex index = stack.back();
    const Operation& op = program_.operations[index];
    const bool compounds = engine::reads_operation(op.kind) && op.kind != OpKind::share;
    const auto is_missing = [&](uint16_t operand) {
      return operand != engine::kNone && known_[operand] == nullptr;
    };
    if (known_[index] == nullptr && compounds && (is_missing(op.a) || is_missing(op.b))) {
      if (is_missing(op.a)) stack.push_back(op.a);
      if (is_missing(op.b)) stack.push_back(op.b);
      continue;
    }
    stack.pop_back();
    if (known_[index] != nullptr) continue;
    if (compounds) {
      keep(index, compound(index));
    } else {
      known_[index] = &atom(index);
    }
  }
  return *known_[root];
}

const Timeline& Conditions::atom(OpIndex index) {
  const Operation& op = program_.operations[index];
  if (is_of_one_signal(program_, op)) {
    const engine::SignalIndex signal = signal_of(program_, op);
    const Reading& reading = recording_.readings[signal];
    const auto steps = intervals_of(program_, op, recording_);
    const bool is_of_value = op.kind != OpKind::is_lost && op.kind != OpKind::is_valid;
    AtomCache::Key key{static_cast<int64_t>(is_of_value ? OpKind::compare : op.kind)};
    add_reading(recording_, signal, key);
    for (const IntervalStep& s : steps) {
      key.insert(key.end(), {s.t, s.inside.first, s.inside.last});
    }
    return cache_.get(key, [&] {
      Timeline inside = scan(reading, steps, recording_.start, recording_.end);
      if (is_of_value) return inside;
      Timeline known;
      const bool is_lost = op.kind == OpKind::is_lost;
      for (const Turn& turn : inside.turns()) {
        const bool is_unknown = turn.truth == Truth::unknown;
        known.set(turn.t, is_unknown == is_lost ? Truth::yes : Truth::no);
      }
      return known;
    });
  }
  const bool is_fixed = op.kind == OpKind::constant || op.kind == OpKind::button;
  if (is_fixed) {
    Timeline line;  // nobody presses a button in a recording of samples
    const bool is_pressed = op.kind == OpKind::constant;
    line.set(recording_.start, is_pressed ? static_cast<Truth>(op.value) : Truth::no);
    return keep(index, std::move(line));
  }
  if (engine::is_area(op.kind) && program_.linears[op.a].signals.size() == 1) return area(index);
  const bool of_limits_alone = op.kind == OpKind::compare && program_.linears[op.a].signals.empty();
  if (of_limits_alone) return keep(index, of_limits(program_, op, recording_));
  return engine_atom(index);
}

const Timeline& Conditions::area(OpIndex index) {
  const Operation& op = program_.operations[index];
  const engine::Term& term = program_.linears[op.a].signals[0];
  const Area area{term.coefficient, steps_of_limits(program_, program_.linears[op.a], recording_),
                  steps_of_limits(program_, program_.linears[op.b], recording_),
                  steps_of_span(program_, op.first, recording_)};
  AtomCache::Key key{static_cast<int64_t>(op.kind), area.coefficient};
  add_reading(recording_, term.index, key);
  for (const Steps* steps : {&area.bound, &area.budget, &area.forget}) {
    key.push_back(static_cast<int64_t>(steps->size()));
    for (const Step& s : *steps) key.insert(key.end(), {s.t, s.value});
  }
  return cache_.get(key, [&] {
    return area_reached(recording_.readings[term.index], area, recording_.start, recording_.end);
  });
}

const Timeline& Conditions::engine_atom(OpIndex index) {
  const Operation& op = program_.operations[index];
  by_engine_.push_back(words_of(program_, index));
  // The same structure with the same values of limits is the same atom.
  const engine::Program small = only(program_, index);
  AtomCache::Key key{-1, static_cast<int64_t>(program_.operation_hashes[index])};
  for (const Operation& part : small.operations) {
    if (engine::is_linear(part.kind)) {
      add_limit_values(small, small.linears[part.a], recording_, key);
      for (const engine::Term& term : small.linears[part.a].signals) {
        add_reading(recording_, term.index, key);
      }
    }
    if (engine::is_area(part.kind)) {
      add_limit_values(small, small.linears[part.b], recording_, key);
    }
    for (const uint16_t span : {part.first, part.second}) {
      if (span == engine::kNone) continue;
      for (const Step& s : steps_of_span(small, span, recording_)) {
        key.insert(key.end(), {s.t, s.value});
      }
    }
    if (engine::reads_signal_alone(part.kind)) add_reading(recording_, part.a, key);
  }
  LL_ASSERT(engine::is_linear(op.kind));
  return cache_.get(key, [&] { return truth_by_engine(program_, index, recording_); });
}

Timeline Conditions::compound(OpIndex index) {
  const Operation& op = program_.operations[index];
  const Timeline& a = *known_[op.a];
  if (op.kind == OpKind::logical_not) return negated(a);
  if (op.kind == OpKind::logical_and) return both(a, *known_[op.b]);
  if (op.kind == OpKind::logical_or) return either(a, *known_[op.b]);
  if (op.kind == OpKind::since) return since(a, *known_[op.b]);
  return timed(index);
}

Timeline Conditions::timed(OpIndex index) {
  const Operation& op = program_.operations[index];
  const Timeline& a = *known_[op.a];
  Steps first;
  if (op.first != engine::kNone) first = steps_of_span(program_, op.first, recording_);
  if (op.kind == OpKind::lease) {
    return leased(a, op.first == engine::kNone ? nullptr : &first, recording_.end);
  }
  if (op.kind == OpKind::within_last) return within_last(a, first, recording_.end);
  if (op.kind == OpKind::count_starts) {
    return counted(a, first.front().value, static_cast<size_t>(op.value), recording_.end);
  }
  LL_ASSERT(op.kind == OpKind::hold_for);
  Steps second;
  if (op.second != engine::kNone) second = steps_of_span(program_, op.second, recording_);
  return held_for(a, first, op.second == engine::kNone ? nullptr : &second, recording_.end);
}

}  // namespace lamplight::replay
