// Which operations an operation reads, whatever its shape: the one place that knows. For the rest
// of rules/ only.
#pragma once

#include "rules/engine/program.h"
#include "rules/engine/state.h"

namespace lamplight::engine {

template <class F>
void for_operands(const Program& program, OpIndex index, F visit) {
  const Operation& op = program.operations[index];
  if (is_linear(op.kind)) {
    for (const Term& t : program.linears[op.a].numbers) visit(OpIndex{t.index});
    return;
  }
  if (!reads_operation(op.kind)) return;
  visit(OpIndex{op.a});
  if (op.b != kNone && !is_window(op.kind)) visit(OpIndex{op.b});
}

// Whether a sample of the signal touches the operation directly.
inline bool reads_signal(const Program& program, OpIndex index, SignalIndex signal) {
  const Operation& op = program.operations[index];
  if (is_linear(op.kind)) {
    for (const Term& t : program.linears[op.a].signals) {
      if (t.index == signal) return true;
    }
  }
  return reads_signal_alone(op.kind) && op.a == signal;
}

}  // namespace lamplight::engine
