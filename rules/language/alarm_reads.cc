// What one alarm of a program depends on: its operations with the values of their limits, and the
// leases that hold it back.
#include <algorithm>
#include <set>

#include "rules/engine/hash.h"
#include "rules/engine/operands.h"
#include "rules/language/random_trace.h"

namespace lamplight::rules {
namespace {

using engine::OpKind;

class Reads {
 public:
  explicit Reads(const engine::Program& program) : program_(program) {}

  void alarm(engine::AlarmIndex index) {
    if (!alarms_.insert(index).second) return;
    const engine::Alarm& a = program_.alarms[index];
    for (const engine::OpIndex op : {a.when, a.clear, a.worsens}) operation(op);
    for (const engine::Inhibit& i : program_.inhibits) {
      if (std::find(i.alarms.begin(), i.alarms.end(), index) != i.alarms.end()) operation(i.lease);
    }
  }

  const std::set<engine::OpIndex>& operations() const { return operations_; }
  const std::set<engine::AlarmIndex>& alarms() const { return alarms_; }

 private:
  void operation(engine::OpIndex op) {
    if (op == engine::kNone || !operations_.insert(op).second) return;
    const engine::Operation& o = program_.operations[op];
    if (o.kind == OpKind::alarm_raised) alarm(o.a);
    engine::for_operands(program_, op, [&](engine::OpIndex operand) { operation(operand); });
  }

  const engine::Program& program_;
  std::set<engine::OpIndex> operations_;
  std::set<engine::AlarmIndex> alarms_;
};

void add_limit(const engine::Program& program, engine::LimitIndex index, engine::Hasher& hash) {
  const engine::Limit& limit = program.limits[index];
  hash.add(limit.base);
  for (const auto& at : limit.at) hash.add(at ? *at : INT64_MIN);
}

void add_span(const engine::Program& program, uint16_t index, engine::Hasher& hash) {
  if (index == engine::kNone) return;
  const engine::Span& span = program.spans[index];
  hash.add(span.literal.ns);
  if (span.limit != engine::kNone) add_limit(program, span.limit, hash);
}

void add_operation(const engine::Program& program, engine::OpIndex op, engine::Hasher& hash) {
  const engine::Operation& o = program.operations[op];
  hash.add(program.operation_hashes[op]);
  add_span(program, o.first, hash);
  add_span(program, o.second, hash);
  const auto linear = [&](uint16_t index) {
    for (const engine::Term& t : program.linears[index].limits) add_limit(program, t.index, hash);
  };
  if (engine::is_linear(o.kind)) linear(o.a);
  if (o.kind == OpKind::shortfall || o.kind == OpKind::excess) linear(o.b);
  if (o.kind == OpKind::button) {
    const engine::Button& b = program.buttons[o.a];
    hash.add(b.lasts.ns).add(b.rests.ns);
  }
}

void add_lengths(const engine::Program& program, engine::OpIndex op, TraceScope& out) {
  const engine::Operation& o = program.operations[op];
  for (const uint16_t index : {o.first, o.second}) {
    if (index == engine::kNone) continue;
    const engine::Span& s = program.spans[index];
    out.lengths.push_back(s.limit == engine::kNone ? s.literal
                                                   : Duration{program.limits[s.limit].base});
  }
  if (engine::is_window(o.kind)) out.lengths.push_back(program.windows[o.b].length);
  if (o.kind != OpKind::button) return;
  out.buttons.push_back(o.a);
  out.lengths.push_back(program.buttons[o.a].lasts);
  out.lengths.push_back(program.buttons[o.a].rests);
}

}  // namespace

uint64_t signature(const engine::Program& program, engine::AlarmIndex index) {
  Reads reads(program);
  reads.alarm(index);
  engine::Hasher hash;
  for (const engine::OpIndex op : reads.operations()) add_operation(program, op, hash);
  for (const engine::AlarmIndex read : reads.alarms()) {
    const engine::Alarm& a = program.alarms[read];
    for (const engine::OpIndex op : {a.when, a.clear, a.worsens}) {
      hash.add(op == engine::kNone ? uint64_t{0} : program.operation_hashes[op]);
    }
    for (const Rank r : {a.rank, a.worsens_to}) {
      hash.add(static_cast<int>(r.severity)).add(static_cast<int>(r.onset));
    }
    hash.add(int{a.latch}).add(int{a.never_inhibited}).add(a.unknown_clears.ns);
    for (const engine::Inhibit& i : program.inhibits) {
      const bool names = std::find(i.alarms.begin(), i.alarms.end(), read) != i.alarms.end();
      if (names) hash.add(program.operation_hashes[i.lease]);
    }
  }
  return hash.value();
}

TraceScope scope_of(const engine::Program& program, std::span<const engine::AlarmIndex> alarms) {
  Reads reads(program);
  for (const engine::AlarmIndex a : alarms) reads.alarm(a);
  TraceScope out;
  for (size_t s = 0; s < program.signals.size(); ++s) {
    const auto signal = static_cast<engine::SignalIndex>(s);
    const bool is_read =
        std::any_of(reads.operations().begin(), reads.operations().end(),
                    [&](engine::OpIndex op) { return engine::reads_signal(program, op, signal); });
    if (is_read) out.signals.push_back(signal);
  }
  for (const engine::OpIndex op : reads.operations()) add_lengths(program, op, out);
  out.alarms.assign(reads.alarms().begin(), reads.alarms().end());
  return out;
}

}  // namespace lamplight::rules
