// Windows, ages and the comparisons that read them.
#include <algorithm>
#include <cstdlib>

#include "rules/engine/builder.h"
#include "rules/engine/hash.h"
#include "rules/engine/state.h"

namespace lamplight::engine {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSumMax = int64_t{1} << 62;

bool is_fraction(OpKind kind) { return kind == OpKind::mean || kind == OpKind::share; }

}  // namespace

// A pane is W/64, rounded up to whole ms.
uint16_t ProgramBuilder::intern_window(Duration length, int64_t known_least_us) {
  if (length.ns <= 0 || length > hours(24)) {
    fail("a window must be longer than 0 and at most 24 h");
    length = seconds(1);
  }
  const int64_t pane = (length.ns + kPanes * kMs - 1) / (kPanes * kMs) * kMs;
  const Window window{length, {pane}, known_least_us};
  auto& all = program_.windows;
  const auto found = std::find(all.begin(), all.end(), window);
  const auto place = static_cast<uint16_t>(found - all.begin());
  if (found == all.end()) all.push_back(window);
  return place;
}

OpIndex ProgramBuilder::window(OpKind kind, SignalIndex signal, Duration length,
                               int64_t known_least_us) {
  if (signal >= program_.signals.size()) {
    fail("a window names an unknown signal");
    return constant(Truth::unknown);
  }
  const Signal& s = program_.signals[signal];
  if (s.kind != SignalKind::numeric) fail("`" + s.name + "` is not a number");
  Operation op;
  op.kind = kind;
  op.a = signal;
  op.b = intern_window(length, known_least_us);
  const int64_t widest = std::max(std::abs(int64_t{s.min}), std::abs(int64_t{s.max}));
  const int64_t whole_us = kPanes * (program_.windows[op.b].pane.ns / 1000);
  if (kind == OpKind::mean && widest > kSumMax / whole_us) fail("a number may exceed 2^62");
  const uint64_t hash = node(kind)
                            .add(s.name)
                            .add(s.step.num)
                            .add(s.step.den)
                            .add(length.ns)
                            .add(known_least_us)
                            .value();
  return intern(op, hash);
}

OpIndex ProgramBuilder::share(OpIndex a, Duration length, int64_t known_least_us) {
  if (!operand_ok(a)) return constant(Truth::unknown);
  Operation op;
  op.kind = OpKind::share;
  op.a = a;
  op.b = intern_window(length, known_least_us);
  const uint64_t hash = node(op.kind).add(hash_of(a)).add(length.ns).add(known_least_us).value();
  return intern(op, hash);
}

OpIndex ProgramBuilder::age(SignalIndex signal) {
  if (signal >= program_.signals.size()) {
    fail("an age names an unknown signal");
    return constant(Truth::unknown);
  }
  Operation op;
  op.kind = OpKind::age;
  op.a = signal;
  return intern(op, node(op.kind).add(program_.signals[signal].name).value());
}

OpIndex ProgramBuilder::compare_number(Linear sum, bool or_equal, Show show) {
  if (sum.numbers.empty()) {
    if (or_equal) sum.constant -= 1;
    return compare(std::move(sum), std::move(show));
  }
  if (!names_are_known(sum)) return constant(Truth::unknown);
  std::sort(sum.numbers.begin(), sum.numbers.end(),
            [](const Term& a, const Term& b) { return a.index < b.index; });
  int fractions = 0;
  int ages = 0;
  for (const Term& t : sum.numbers) {
    const bool is_one =
        t.index < program_.operations.size() && is_number(program_.operations[t.index].kind);
    if (!is_one) {
      fail("a comparison names an operation that is no number");
      return constant(Truth::unknown);
    }
    fractions += is_fraction(program_.operations[t.index].kind) ? 1 : 0;
    ages += program_.operations[t.index].kind == OpKind::age ? 1 : 0;
  }
  if (fractions > 1 || (fractions == 1 && ages > 0)) {
    fail("a comparison reads at most one mean or share, and no age beside it");
  }
  check_interval(sum);
  const uint64_t hash =
      node(OpKind::compare_number).add(hash_linear(sum)).add(or_equal ? 1 : 0).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = OpKind::compare_number;
  op.a = keep(std::move(sum));
  op.value = or_equal ? 1 : 0;
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

OpIndex ProgramBuilder::now_number(OpIndex number) {
  const Operation op = program_.operations[number];
  if (op.kind != OpKind::share) return number;
  const Window window = program_.windows[op.b];
  return share(now_part(op.a), window.length, window.known_least_us);
}

OpIndex ProgramBuilder::now_compare(OpIndex index) {
  const Operation op = program_.operations[index];
  Linear sum = program_.linears[op.a];
  bool same = true;
  for (Term& t : sum.numbers) {
    const OpIndex now = now_number(t.index);
    same = same && now == t.index;
    t.index = now;
  }
  if (same) return index;
  return compare_number(std::move(sum), op.value != 0, Show(program_.shows[op.show]));
}

}  // namespace lamplight::engine
