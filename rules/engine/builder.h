// ProgramBuilder: the one way to make a Program. Shares equal operations (hash-consing), folds
// constants, normalises comparisons (x*2 < 1801 becomes x < 901), proves that no sum can leave
// 2^62, and checks the bounds of the language, section 5. Errors are collected: every call returns
// a usable index, and build() returns the first error, so a compiler need not test each call.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "rules/engine/hash.h"
#include "rules/engine/program.h"
#include "rules/model/result.h"

namespace lamplight::engine {

class ProgramBuilder {
 public:
  // Names, versions, child and roles are plain fields: fill them in at any time before build().
  std::string name = "unnamed";
  int rules_version = 1;
  int plan_version = 0;
  std::string child;
  std::vector<std::string> roles;

  SignalIndex add_signal(Signal signal);
  uint16_t add_profile(Profile profile);
  LimitIndex add_limit(Limit limit);  // after the profiles it names
  uint16_t add_button(Button button);
  TextIndex add_text(Text text);
  TextIndex add_literal(std::string words);  // a text without holes

  // Atoms. `sum` < 0 decides a comparison: x <= K is {x:1, constant: -(K+1)} (integers).
  // `show.step` is one unit of the signal part of `sum` as given here, in show.unit.
  OpIndex constant(Truth truth);
  OpIndex compare(Linear sum, Show show);
  OpIndex is_value(SignalIndex signal, int32_t value, Show show);
  OpIndex is_lost(SignalIndex signal, Show show);
  OpIndex is_valid(SignalIndex signal, Show show);

  OpIndex negate(OpIndex a);
  OpIndex both(OpIndex a, OpIndex b);
  OpIndex either(OpIndex a, OpIndex b);
  OpIndex hold_for(OpIndex a, Span span);
  OpIndex hold_for(OpIndex a, Span span, Span ignoring_gaps);
  OpIndex within_last(OpIndex a, Span span);
  OpIndex since(OpIndex a, OpIndex b);
  // The area of `depth` over time >= budget, forgotten once depth <= 0 has held for `forget`.
  // depth: limit - x for a shortfall, x - limit for an excess; budget: limits and a constant, in
  // depth·ns. `show.step` is one unit of depth·ns in show.unit.
  OpIndex area(OpKind kind, Linear depth, Linear budget, Span forget, Show show);
  // `a` began to be true `at_least` times or more (1 to 64) within the literal `window`.
  OpIndex count_starts(OpIndex a, Duration window, int64_t at_least, Show show);
  // Numbers for the sums of comparisons and texts. A window of a numeric signal, in its steps; the
  // share of time in which `a` holds, in 1/1000; the age of a signal, in ns.
  OpIndex window(OpKind kind, SignalIndex signal, Duration length, int64_t known_least_us);
  OpIndex share(OpIndex a, Duration length, int64_t known_least_us);
  OpIndex age(SignalIndex signal);
  // sum < 0, or sum <= 0, with numbers in it: nothing is rounded.
  OpIndex compare_number(Linear sum, bool or_equal, Show show);
  OpKind kind_of(OpIndex op) const { return program_.operations[op].kind; }
  NumberRange range_of(OpIndex number) const { return number_range(program_, number); }
  OpIndex pressed(uint16_t button);
  // Only under add_inhibit(), and only of alarms that no later inhibition names.
  OpIndex alarm_raised(AlarmIndex alarm);

  // The expression with every `x for D` in it replaced by x (language, 4.6).
  OpIndex now_part(OpIndex a);
  // (not now_part(when)) for 5 s
  OpIndex default_clear(OpIndex when);

  // In file order. Fills in now_part and, where clear is kNone, the default clear.
  AlarmIndex add_alarm(Alarm alarm);
  // `lost x for D`: id, conditions, class and lost_signal are set here; the rest is `alarm`'s.
  // `or_when`: a second way to ring (a share of lost time), or kNone.
  AlarmIndex add_lost(SignalIndex signal, Span span, Alarm alarm, OpIndex or_when = kNone);

  // A lease over `alarms` while `condition` holds, for `at_most` (0: no end of its own, for a
  // condition that ends by itself). `button`: the condition is this button alone, or kNone.
  void add_inhibit(OpIndex condition, Duration at_most, Inhibit inhibit);

  // An error of the caller's own, reported by build() if it is the first.
  void fail(std::string why);

  [[nodiscard]] Result<Program> build();

 private:
  OpIndex intern(Operation op, uint64_t hash);
  OpIndex signal_test(OpKind kind, SignalIndex signal, int32_t value, Show show);
  OpIndex join(OpKind kind, OpIndex a, OpIndex b);
  OpIndex timed(OpKind kind, OpIndex a, Span span, uint16_t gap);
  uint16_t intern_span(Span span);
  uint16_t intern_show(Show show);
  void normalise(Linear& sum, Show& show);
  void check_interval(const Linear& sum);
  bool names_are_known(const Linear& sum);
  uint16_t keep(Linear sum);
  uint16_t intern_window(Duration length, int64_t known_least_us);
  OpIndex now_number(OpIndex number);
  OpIndex now_compare(OpIndex compare);
  bool operand_ok(OpIndex a);
  bool is_constant(OpIndex a, Truth truth) const;
  uint64_t hash_of(OpIndex a) const;
  uint64_t hash_span(uint16_t span) const;
  uint64_t hash_linear(const Linear& sum) const;
  void check_bounds();

  Program program_;
  std::map<uint64_t, OpIndex> by_hash_;
  std::map<OpIndex, OpIndex> now_parts_;
  std::vector<OpIndex> button_ops_;
  std::string error_;
};

// What the hash of every operation of a kind begins with.
inline Hasher node(OpKind kind) { return Hasher().add(static_cast<int>(kind)); }

}  // namespace lamplight::engine
