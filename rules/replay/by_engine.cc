#include "rules/replay/by_engine.h"

#include "rules/engine/operands.h"
#include "rules/engine/state.h"
#include "rules/replay/drive.h"

namespace lamplight::replay {
namespace {

using engine::Operation;
using engine::OpIndex;
using engine::Program;

std::vector<bool> under(const Program& program, OpIndex root) {
  std::vector<bool> needed(program.operations.size(), false);
  needed[root] = true;
  for (size_t i = root + 1U; i-- > 0;) {
    if (!needed[i]) continue;
    engine::for_operands(program, static_cast<OpIndex>(i),
                         [&](OpIndex operand) { needed[operand] = true; });
  }
  return needed;
}

std::vector<bool> signals_read(const Program& program) {
  std::vector<bool> read(program.signals.size(), false);
  for (const Operation& op : program.operations) {
    if (engine::is_linear(op.kind)) {
      for (const engine::Term& t : program.linears[op.a].signals) read[t.index] = true;
    }
    if (engine::reads_signal_alone(op.kind)) read[op.a] = true;
  }
  return read;
}

}  // namespace

Program only(const Program& program, OpIndex root) {
  Program small = program;
  small.alarms.clear();
  small.inhibits.clear();
  small.buttons.clear();
  small.profiles.clear();  // no technical alarm of the clock; limits keep their values
  small.operations.clear();
  small.operation_hashes.clear();
  const std::vector<bool> needed = under(program, root);
  std::vector<OpIndex> moved(program.operations.size(), engine::kNone);
  std::vector<bool> is_moved(program.linears.size(), false);
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    moved[i] = static_cast<OpIndex>(small.operations.size());
    Operation op = program.operations[i];
    if (engine::reads_operation(op.kind)) {
      op.a = moved[op.a];
      if (op.b != engine::kNone && !engine::is_window(op.kind)) op.b = moved[op.b];
    }
    if (engine::is_linear(op.kind) && !is_moved[op.a]) {
      is_moved[op.a] = true;
      for (engine::Term& term : small.linears[op.a].numbers) term.index = moved[term.index];
    }
    if (op.kind == engine::OpKind::button) op = {};  // nobody presses one in a recording: F
    small.operations.push_back(op);
    small.operation_hashes.push_back(program.operation_hashes[i]);
  }
  return small;
}

Timeline truth_by_engine(const Program& program, OpIndex op, const Recording& recording) {
  const Program small = only(program, op);
  const auto root = static_cast<OpIndex>(small.operations.size() - 1);
  Timeline line;
  drive(small, recording, signals_read(small),
        [&](const engine::Engine& engine, const engine::EffectList&, int64_t t) {
          line.set(t, engine.truth(root));
        });
  return line;
}

}  // namespace lamplight::replay
