#include "rules/language/cells.h"

#include <algorithm>
#include <set>

#include "rules/language/number.h"

namespace lamplight::rules {
namespace {

using engine::Operation;
using engine::OpIndex;
using engine::OpKind;

constexpr double kCellsMax = 1e6;

bool is_node(OpKind kind) {
  return kind == OpKind::logical_not || kind == OpKind::logical_and || kind == OpKind::logical_or ||
         kind == OpKind::hold_for;
}

}  // namespace

int64_t Cells::limits_part(const engine::Linear& linear) const {
  int64_t sum = linear.constant;
  for (const engine::Term& t : linear.limits) {
    sum += t.coefficient * engine::limit_value(program_.limits[t.index], profiles_);
  }
  return sum;
}

std::optional<Region> Cells::region(OpIndex op) const {
  const Operation& o = program_.operations[op];
  if (o.kind != OpKind::compare) return std::nullopt;
  const engine::Linear& linear = program_.linears[o.a];
  if (linear.signals.size() != 1) return std::nullopt;
  // c·x + k < 0: below -k/c for c > 0, above it for c < 0.
  const int64_t c = linear.signals.front().coefficient;
  const Int128 k = limits_part(linear);
  Region out;
  out.signal = linear.signals.front().index;
  out.below = c > 0;
  out.has_limit = !linear.limits.empty();
  const Int128 bound = c > 0 ? ceil_of({-k, c}) - 1 : floor_of({k, -Int128{c}}) + 1;
  out.bound = static_cast<int64_t>(bound);
  return out;
}

void Cells::cut(const engine::Signal& signal, OpIndex op, Variable& variable) const {
  const auto found = region(op);
  if (!found) return;
  const int64_t first = found->below ? found->bound + 1 : found->bound;  // of the upper cell
  if (first > signal.min && first <= signal.max) variable.values.push_back(first);
}

Cells::Problem Cells::collect(OpIndex top) {
  Problem out;
  std::set<OpIndex> seen;
  std::vector<OpIndex> open = {top};
  while (!open.empty()) {
    const OpIndex op = open.back();
    open.pop_back();
    if (!seen.insert(op).second) continue;
    const Operation& o = program_.operations[op];
    if (is_node(o.kind)) {
      open.push_back(o.a);
      if (o.b != engine::kNone) open.push_back(o.b);
    } else if (o.kind == OpKind::is_value || (o.kind == OpKind::compare && region(op))) {
      const engine::SignalIndex index = o.kind == OpKind::is_value ? o.a : region(op)->signal;
      const engine::Signal& signal = program_.signals[index];
      Variable& v = out.signals[index];
      if (v.values.empty()) v.values.push_back(signal.min);
      if (o.kind == OpKind::compare) cut(signal, op, v);
      if (o.kind == OpKind::is_value) {
        for (int64_t k = signal.min + 1; k <= signal.max; ++k) v.values.push_back(k);
      }
    } else if (o.kind != OpKind::constant) {
      // Another instant, or more than one signal: either way, unless its parts say otherwise.
      Possible inner = Possible::sometimes;
      if (o.kind == OpKind::within_last) inner = of(o.a);
      if (o.kind == OpKind::since) inner = of(o.b);
      if (o.kind == OpKind::count_starts && of(o.a) == Possible::never) inner = Possible::never;
      if (o.kind == OpKind::compare_number) inner = number(o);
      if (o.kind == OpKind::shortfall || o.kind == OpKind::excess) inner = area(o);
      Variable& v = out.free[op];
      if (inner != Possible::never) v.values.push_back(1);
      if (inner != Possible::always) v.values.push_back(0);
    }
  }
  out.operations.assign(seen.begin(), seen.end());
  for (auto& [index, v] : out.signals) {
    std::sort(v.values.begin(), v.values.end());
    v.values.erase(std::unique(v.values.begin(), v.values.end()), v.values.end());
    out.size *= static_cast<double>(v.values.size());
  }
  for (auto& [op, v] : out.free) out.size *= static_cast<double>(v.values.size());
  return out;
}

// Never, if the depth cannot be above 0; always, if there is no budget to use up.
Possible Cells::area(const Operation& o) const {
  if (limits_part(program_.linears[o.b]) <= 0) return Possible::always;
  Int128 deepest = limits_part(program_.linears[o.a]);
  for (const engine::Term& t : program_.linears[o.a].signals) {
    const engine::Signal& s = program_.signals[t.index];
    deepest += std::max(Int128{t.coefficient} * s.min, Int128{t.coefficient} * s.max);
  }
  return deepest > 0 ? Possible::sometimes : Possible::never;
}

// By the ranges alone; the numbers and signals of the sum are taken as independent.
Possible Cells::number(const Operation& o) const {
  const engine::Linear& linear = program_.linears[o.a];
  Int128 low = limits_part(linear);
  Int128 high = low;
  const auto widen = [&](int64_t coefficient, int64_t from, int64_t to) {
    const Int128 a = Int128{coefficient} * from;
    const Int128 b = Int128{coefficient} * to;
    low += std::min(a, b);
    high += std::max(a, b);
  };
  for (const engine::Term& t : linear.signals) {
    widen(t.coefficient, program_.signals[t.index].min, program_.signals[t.index].max);
  }
  for (const engine::Term& t : linear.numbers) {
    const engine::NumberRange range = engine::number_range(program_, t.index);
    widen(t.coefficient, range.low, range.high);
  }
  const Int128 bound = o.value != 0 ? 1 : 0;  // <= 0 is < 1
  if (high < bound) return Possible::always;
  return low < bound ? Possible::sometimes : Possible::never;
}

bool Cells::atom(const Problem& problem, OpIndex op) const {
  const Operation& o = program_.operations[op];
  if (o.kind == OpKind::constant) return o.value == static_cast<int>(engine::Truth::yes);
  const auto free = problem.free.find(op);
  if (free != problem.free.end()) return free->second.values[free->second.at] != 0;
  const auto value_of = [&](engine::SignalIndex index) {
    const Variable& v = problem.signals.at(index);
    return v.values[v.at];
  };
  if (o.kind == OpKind::is_value) return value_of(o.a) == o.value;
  const auto found = region(op);
  const int64_t x = value_of(found->signal);
  return found->below ? x <= found->bound : x >= found->bound;
}

bool Cells::holds(const Problem& problem, OpIndex top, std::vector<char>& truth) const {
  for (const OpIndex op : problem.operations) {
    const Operation& o = program_.operations[op];
    bool value = false;
    if (o.kind == OpKind::logical_not) {
      value = truth[o.a] == 0;
    } else if (o.kind == OpKind::logical_and) {
      value = truth[o.a] != 0 && truth[o.b] != 0;
    } else if (o.kind == OpKind::logical_or) {
      value = truth[o.a] != 0 || truth[o.b] != 0;
    } else if (o.kind == OpKind::hold_for) {
      value = truth[o.a] != 0;
    } else {
      value = atom(problem, op);
    }
    truth[op] = value ? 1 : 0;
  }
  return truth[top] != 0;
}

Possible Cells::of(OpIndex op) {
  const auto found = known_.find(op);
  if (found != known_.end()) return found->second;
  Problem problem = collect(op);
  const double work = problem.size * static_cast<double>(problem.operations.size());
  if (problem.size > kCellsMax || work > static_cast<double>(budget_)) {
    return known_[op] = Possible::undecided;
  }
  budget_ -= static_cast<int64_t>(work);
  std::vector<Variable*> variables;
  for (auto& [index, v] : problem.signals) variables.push_back(&v);
  for (auto& [index, v] : problem.free) variables.push_back(&v);
  std::vector<char> truth(program_.operations.size());
  bool any_true = false;
  bool any_false = false;
  for (;;) {
    (holds(problem, op, truth) ? any_true : any_false) = true;
    if (any_true && any_false) break;
    size_t i = 0;
    while (i < variables.size() && ++variables[i]->at == variables[i]->values.size()) {
      variables[i++]->at = 0;
    }
    if (i == variables.size()) break;
  }
  const Possible out = any_true && any_false ? Possible::sometimes
                       : any_true            ? Possible::always
                                             : Possible::never;
  return known_[op] = out;
}

}  // namespace lamplight::rules
