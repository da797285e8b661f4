#include "rules/replay/whatif/sweep.h"

#include <algorithm>

#include "rules/engine/operands.h"
#include "rules/engine/state.h"

namespace lamplight::replay {
namespace {

using engine::OpIndex;
using engine::OpKind;
using engine::Program;

// Visits every operation under `root`, each once.
template <class Visit>
void visit_under(const Program& program, OpIndex root, Visit visit) {
  std::vector<bool> seen(program.operations.size(), false);
  std::vector<OpIndex> stack{root};
  while (!stack.empty()) {
    const OpIndex op = stack.back();
    stack.pop_back();
    if (seen[op]) continue;
    seen[op] = true;
    visit(op);
    engine::for_operands(program, op, [&](OpIndex o) { stack.push_back(o); });
  }
}

bool linear_reads(const Program& program, uint16_t linear, engine::LimitIndex limit) {
  const auto& limits = program.linears[linear].limits;
  return std::any_of(limits.begin(), limits.end(),
                     [&](const engine::Term& t) { return t.index == limit; });
}

bool reads_limit(const Program& program, OpIndex root, engine::LimitIndex limit) {
  bool reads = false;
  visit_under(program, root, [&](OpIndex index) {
    const engine::Operation& op = program.operations[index];
    if (engine::is_linear(op.kind)) reads = reads || linear_reads(program, op.a, limit);
    if (engine::is_area(op.kind)) reads = reads || linear_reads(program, op.b, limit);
    for (const uint16_t span : {op.first, op.second}) {
      const bool is_span = span != engine::kNone && !engine::is_window(op.kind);
      if (is_span) reads = reads || program.spans[span].limit == limit;
    }
  });
  return reads;
}

bool reads_number(const Program& program, OpIndex root) {
  bool reads = false;
  visit_under(program, root,
              [&](OpIndex op) { reads = reads || engine::is_linear(program.operations[op].kind); });
  return reads;
}

// A copy of `op` in which every outermost `for` over numbers takes `span`; what has none is shared.
OpIndex with_delay(Program& program, OpIndex index, uint16_t span) {
  engine::Operation op = program.operations[index];
  const bool is_logic = op.kind == OpKind::logical_and || op.kind == OpKind::logical_or ||
                        op.kind == OpKind::logical_not || op.kind == OpKind::since;
  if (op.kind == OpKind::hold_for && reads_number(program, op.a)) {
    op.first = span;
  } else if (is_logic) {
    const OpIndex a = with_delay(program, op.a, span);
    const OpIndex b = op.b == engine::kNone ? op.b : with_delay(program, op.b, span);
    if (a == op.a && b == op.b) return index;
    op.a = a;
    op.b = b;
  } else {
    return index;
  }
  program.operations.push_back(op);
  program.operation_hashes.push_back(program.operation_hashes.size());
  return static_cast<OpIndex>(program.operations.size() - 1);
}

}  // namespace

Result<std::vector<bool>> swept_alarms(const Program& program, const std::vector<Axis>& axes) {
  std::vector<bool> swept(program.alarms.size(), false);
  bool any = false;
  bool any_limit = false;
  bool any_delay = false;
  for (const Axis& axis : axes) {
    any_limit = any_limit || axis.limit != engine::kNone;
    any_delay = any_delay || axis.limit == engine::kNone;
  }
  for (size_t a = 0; a < swept.size(); ++a) {
    const OpIndex when = program.alarms[a].when;
    bool is_read = !any_limit && program.alarms[a].source == engine::AlarmSource::rule;
    for (const Axis& axis : axes) {
      if (axis.limit != engine::kNone) is_read = is_read || reads_limit(program, when, axis.limit);
    }
    if (!any_limit) {
      Program copy = program;
      copy.spans.push_back({});
      const auto span = static_cast<uint16_t>(copy.spans.size() - 1);
      is_read = is_read && with_delay(copy, when, span) != when;
    }
    swept[a] = is_read;
    any = any || is_read;
  }
  if (any) return swept;
  return failure(any_delay && !any_limit ? "no alarm of these rules is held `for` a time"
                                         : "no alarm of these rules reads what is swept");
}

void set_value(Program& program, const Axis& axis, int64_t value, const std::vector<bool>& alarms) {
  if (axis.limit != engine::kNone) {
    engine::Limit& limit = program.limits[axis.limit];
    limit.base = value;
    for (auto& at : limit.at) {
      if (at) at = value;
    }
    return;
  }
  program.spans.push_back({.literal = {value}, .limit = engine::kNone});
  const auto span = static_cast<uint16_t>(program.spans.size() - 1);
  for (size_t a = 0; a < program.alarms.size(); ++a) {
    if (alarms[a]) program.alarms[a].when = with_delay(program, program.alarms[a].when, span);
  }
}

namespace {

// Of the episodes of all, those of alarms whose id is among the swept ones.
std::vector<Episode> only_of(const Side& side, const std::vector<std::string>& ids) {
  std::vector<Episode> kept;
  for (const Episode& e : side.episodes) {
    const std::string& id = side.program.alarms[e.alarm].id;
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) kept.push_back(e);
  }
  return kept;
}

Cell cell_of(const SweepAsk& ask, const Side& before, std::vector<int64_t> values,
             const std::vector<bool>& alarms, AtomCache& cache) {
  Program program = ask.program;
  for (size_t i = 0; i < values.size(); ++i) set_value(program, ask.axes[i], values[i], alarms);
  const Evaluated found =
      evaluate(program, ask.recording, cache, {.by = {}, .alarms = alarms, .done = {}});
  const std::vector<Episode> episodes = episodes_of(program, ask.recording, found.outcome);
  Cell cell;
  cell.values = std::move(values);
  cell.summary = summarise(episodes, ask.nights);
  cell.unannounced_ns = compare(before, {program, found.outcome, episodes}).unannounced_ns;
  return cell;
}

}  // namespace

Result<Sweep> sweep(const SweepAsk& ask, AtomCache& cache) {
  const auto alarms = swept_alarms(ask.program, ask.axes);
  if (!alarms) return failure(alarms.error());
  Sweep out;
  out.axes = ask.axes;
  for (size_t a = 0; a < alarms->size(); ++a) {
    if ((*alarms)[a]) out.alarms.push_back(ask.program.alarms[a].id);
  }
  const std::vector<Episode> old_episodes = only_of(ask.old_side, out.alarms);
  const Side before{ask.old_side.program, ask.old_side.outcome, old_episodes};
  out.old_summary = summarise(old_episodes, ask.nights);
  const size_t second = ask.axes.size() > 1 ? ask.axes[1].values.size() : 1;
  const size_t all = ask.axes[0].values.size() * second;
  for (size_t i = 0; i < all; ++i) {
    std::vector<int64_t> values{ask.axes[0].values[i / second]};
    if (ask.axes.size() > 1) values.push_back(ask.axes[1].values[i % second]);
    out.cells.push_back(cell_of(ask, before, std::move(values), *alarms, cache));
    if (ask.done) ask.done(static_cast<double>(i + 1) / static_cast<double>(all));
  }
  return out;
}

}  // namespace lamplight::replay
