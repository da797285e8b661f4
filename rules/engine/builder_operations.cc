// Building on top of atoms: logic, time, alarms, and the bounds that only a whole program shows.
#include <string>
#include <vector>

#include "rules/engine/builder.h"
#include "rules/engine/hash.h"
#include "rules/engine/operands.h"
#include "rules/engine/state.h"
#include "rules/model/limits.h"

namespace lamplight::engine {
namespace {

constexpr size_t kInstructionsPerSampleMax = 512;  // language, section 5

}  // namespace

OpIndex ProgramBuilder::negate(OpIndex a) {
  if (!operand_ok(a)) return constant(Truth::unknown);
  const Operation& inner = program_.operations[a];
  if (inner.kind == OpKind::logical_not) return inner.a;
  if (inner.kind == OpKind::constant) return constant(static_cast<Truth>(2 - inner.value));
  Operation op;
  op.kind = OpKind::logical_not;
  op.a = a;
  return intern(op, node(op.kind).add(hash_of(a)).value());
}

OpIndex ProgramBuilder::join(OpKind kind, OpIndex a, OpIndex b) {
  if (!operand_ok(a) || !operand_ok(b)) return constant(Truth::unknown);
  // `ends` decides alone, `passes` leaves the other as it is.
  const Truth ends = kind == OpKind::logical_and ? Truth::no : Truth::yes;
  const Truth passes = kind == OpKind::logical_and ? Truth::yes : Truth::no;
  if (a == b || is_constant(a, ends) || is_constant(b, passes)) return a;
  if (is_constant(b, ends) || is_constant(a, passes)) return b;
  Operation op;
  op.kind = kind;
  op.a = a;
  op.b = b;
  return intern(op, node(kind).add(hash_of(a)).add(hash_of(b)).value());
}

OpIndex ProgramBuilder::both(OpIndex a, OpIndex b) { return join(OpKind::logical_and, a, b); }
OpIndex ProgramBuilder::either(OpIndex a, OpIndex b) { return join(OpKind::logical_or, a, b); }

OpIndex ProgramBuilder::timed(OpKind kind, OpIndex a, Span span, uint16_t gap) {
  if (!operand_ok(a)) return constant(Truth::unknown);
  const uint16_t first = intern_span(span);
  if (span.limit == kNone && span.literal.ns == 0) return a;
  // `F for D` and `T within last D` are constant; their opposites are U until D has passed.
  if (is_constant(a, Truth::unknown)) return a;
  if (is_constant(a, kind == OpKind::hold_for ? Truth::no : Truth::yes)) return a;
  Operation op;
  op.kind = kind;
  op.a = a;
  op.first = first;
  op.second = gap;
  const uint64_t hash =
      node(kind).add(hash_of(a)).add(hash_span(first)).add(hash_span(gap)).value();
  return intern(op, hash);
}

OpIndex ProgramBuilder::hold_for(OpIndex a, Span span) {
  return timed(OpKind::hold_for, a, span, kNone);
}

OpIndex ProgramBuilder::hold_for(OpIndex a, Span span, Span ignoring_gaps) {
  return timed(OpKind::hold_for, a, span, intern_span(ignoring_gaps));
}

OpIndex ProgramBuilder::within_last(OpIndex a, Span span) {
  return timed(OpKind::within_last, a, span, kNone);
}

OpIndex ProgramBuilder::since(OpIndex a, OpIndex b) {
  if (!operand_ok(a) || !operand_ok(b)) return constant(Truth::unknown);
  Operation op;
  op.kind = OpKind::since;
  op.a = a;
  op.b = b;
  return intern(op, node(op.kind).add(hash_of(a)).add(hash_of(b)).value());
}

OpIndex ProgramBuilder::count_starts(OpIndex a, Duration window, int64_t at_least, Show show) {
  if (!operand_ok(a)) return constant(Truth::unknown);
  if (at_least < 1 || at_least > kStartsMax) {
    fail("a count compares with 1 to 64");
    return constant(Truth::unknown);
  }
  if (window.ns <= 0) fail("a window must be longer than 0");
  Operation op;
  op.kind = OpKind::count_starts;
  op.a = a;
  op.first = intern_span({.literal = window, .limit = kNone});
  op.value = static_cast<int32_t>(at_least);
  const uint64_t hash =
      node(op.kind).add(hash_of(a)).add(hash_span(op.first)).add(at_least).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

OpIndex ProgramBuilder::now_part(OpIndex a) {
  if (!operand_ok(a)) return a;
  if (const auto found = now_parts_.find(a); found != now_parts_.end()) return found->second;
  const Operation op = program_.operations[a];
  OpIndex result = a;
  if (op.kind == OpKind::hold_for) {
    result = now_part(op.a);
  } else if (op.kind == OpKind::within_last) {
    result = within_last(now_part(op.a), program_.spans[op.first]);
  } else if (op.kind == OpKind::logical_not) {
    result = negate(now_part(op.a));
  } else if (op.kind == OpKind::logical_and || op.kind == OpKind::logical_or) {
    result = join(op.kind, now_part(op.a), now_part(op.b));
  } else if (op.kind == OpKind::since) {
    result = since(now_part(op.a), now_part(op.b));
  } else if (op.kind == OpKind::compare_number) {
    result = now_compare(a);
  } else if (op.kind == OpKind::count_starts) {
    result = count_starts(now_part(op.a), program_.spans[op.first].literal, op.value,
                          Show(program_.shows[op.show]));
  }
  now_parts_.emplace(a, result);
  return result;
}

OpIndex ProgramBuilder::default_clear(OpIndex when) {
  return hold_for(negate(now_part(when)), {.literal = seconds(5), .limit = kNone});
}

AlarmIndex ProgramBuilder::add_alarm(Alarm alarm) {
  if (program_.find_alarm(alarm.id)) fail("alarm `" + alarm.id + "` is declared twice");
  if (program_.alarms.size() >= limits::kAlarmsMax) fail("more than 128 alarms");
  if (!operand_ok(alarm.when)) alarm.when = constant(Truth::unknown);
  alarm.now_part = now_part(alarm.when);
  if (alarm.clear == kNone) alarm.clear = default_clear(alarm.when);
  if (!operand_ok(alarm.clear)) alarm.clear = constant(Truth::unknown);
  if (alarm.worsens != kNone && !operand_ok(alarm.worsens)) alarm.worsens = kNone;
  if (alarm.title == kNone) alarm.title = add_literal(alarm.id);
  program_.alarms.push_back(std::move(alarm));
  return static_cast<AlarmIndex>(program_.alarms.size() - 1);
}

AlarmIndex ProgramBuilder::add_lost(SignalIndex signal, Span span, Alarm alarm, OpIndex or_when) {
  if (signal >= program_.signals.size()) {
    fail("`lost` names an unknown signal");
    return 0;
  }
  const std::string n = program_.signals[signal].name;
  const OpIndex gone =
      is_lost(signal, {.text = add_literal(n + " is lost"), .step = {}, .unit = {}});
  const OpIndex back =
      is_valid(signal, {.text = add_literal(n + " is valid"), .step = {}, .unit = {}});
  alarm.id = "lost." + n;
  alarm.source = AlarmSource::lost;
  alarm.klass = AlarmClass::technical;
  alarm.lost_signal = signal;
  alarm.when = hold_for(gone, span);
  if (or_when != kNone) alarm.when = either(alarm.when, or_when);
  if (alarm.clear == kNone) alarm.clear = hold_for(back, {.literal = seconds(5), .limit = kNone});
  return add_alarm(std::move(alarm));
}

// Bounds that only the whole program shows.
void ProgramBuilder::check_bounds() {
  if (program_.signals.size() > limits::kSignalsMax) fail("more than 128 signals");
  const size_t bytes = state_bytes_of(program_);
  if (bytes > limits::kStateBytesMax) {
    fail(std::to_string(bytes) + " bytes of state, " + std::to_string(limits::kStateBytesMax) +
         " allowed");
  }
  const size_t n = program_.operations.size();
  for (size_t s = 0; s < program_.signals.size(); ++s) {
    std::vector<bool> touched(n, false);
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) {
      const auto index = static_cast<OpIndex>(i);
      bool reads = reads_signal(program_, index, static_cast<SignalIndex>(s));
      for_operands(program_, index, [&](OpIndex operand) { reads = reads || touched[operand]; });
      touched[i] = reads;
      count += reads ? 1 : 0;
    }
    if (count > kInstructionsPerSampleMax) {
      fail("a sample of `" + program_.signals[s].name + "` would run " + std::to_string(count) +
           " instructions, 512 allowed");
    }
  }
}

Result<Program> ProgramBuilder::build() {
  check_bounds();
  if (!error_.empty()) return failure(error_);
  Program done = program_;
  done.name = name;
  done.rules_version = rules_version;
  done.plan_version = plan_version;
  done.child = child;
  done.roles = roles;
  return done;
}

}  // namespace lamplight::engine
