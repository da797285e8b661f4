#include "gateway/core/signals_read.h"

#include <algorithm>

namespace lamplight::core {
namespace {

using engine::kNone;
using engine::OpIndex;
using engine::OpKind;
using engine::Program;

// What one operation reads by itself, and the operations below it, the first on top.
struct Reads {
  std::vector<engine::SignalIndex> signals;
  std::vector<OpIndex> below;
};

Reads reads_of(const Program& program, const engine::Operation& op) {
  Reads reads;
  const auto linear = [&] {
    for (const auto& term : program.linears[op.a].signals) reads.signals.push_back(term.index);
    for (const auto& term : program.linears[op.a].numbers) reads.below.push_back(term.index);
  };
  switch (op.kind) {
    case OpKind::compare:
    case OpKind::compare_number:
    case OpKind::shortfall:
    case OpKind::excess:
      linear();
      break;
    case OpKind::is_value:
    case OpKind::is_lost:
    case OpKind::is_valid:
    case OpKind::age:
    case OpKind::change:
    case OpKind::rise:
    case OpKind::drop:
    case OpKind::maximum:
    case OpKind::minimum:
    case OpKind::mean:
      reads.signals.push_back(op.a);
      break;
    case OpKind::logical_and:
    case OpKind::logical_or:
    case OpKind::since:
      reads.below = {op.a, op.b};
      break;
    case OpKind::logical_not:
    case OpKind::hold_for:
    case OpKind::within_last:
    case OpKind::count_starts:
    case OpKind::share:
    case OpKind::lease:
      reads.below = {op.a};
      break;
    case OpKind::constant:
    case OpKind::flag:
    case OpKind::alarm_raised:
    case OpKind::button:
      break;
  }
  return reads;
}

}  // namespace

std::optional<engine::SignalIndex> signal_of(const Program& program, const engine::Operation& op) {
  const bool is_plain = op.kind == OpKind::compare || op.kind == OpKind::is_value ||
                        op.kind == OpKind::is_lost || op.kind == OpKind::is_valid;
  const Reads reads = is_plain ? reads_of(program, op) : Reads{};
  if (reads.signals.size() != 1) return std::nullopt;
  return reads.signals.front();
}

std::vector<engine::SignalIndex> signals_under(const Program& program, OpIndex root) {
  std::vector<engine::SignalIndex> all;
  std::vector<OpIndex> stack{root};
  while (!stack.empty()) {
    const OpIndex index = stack.back();
    stack.pop_back();
    if (index == kNone) continue;
    const Reads reads = reads_of(program, program.operations[index]);
    for (const engine::SignalIndex signal : reads.signals) {
      if (std::find(all.begin(), all.end(), signal) == all.end()) all.push_back(signal);
    }
    stack.insert(stack.end(), reads.below.rbegin(), reads.below.rend());
  }
  return all;
}

}  // namespace lamplight::core
