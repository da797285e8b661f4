// Declarations and atoms: sharing, normal forms, and the node hashes that carry state from one
// program to the next.
#include "rules/engine/builder.h"

#include <algorithm>
#include <numeric>

#include "rules/engine/hash.h"
#include "rules/model/limits.h"

namespace lamplight::engine {
namespace {

using Wide = __int128;
constexpr int64_t kSumMax = int64_t{1} << 62;
constexpr int64_t kDayNs = hours(24).ns;

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

void merge_terms(std::vector<Term>& terms) {
  std::sort(terms.begin(), terms.end(),
            [](const Term& a, const Term& b) { return a.index < b.index; });
  std::vector<Term> merged;
  for (const Term& t : terms) {
    if (!merged.empty() && merged.back().index == t.index) {
      merged.back().coefficient += t.coefficient;
    } else {
      merged.push_back(t);
    }
  }
  std::erase_if(merged, [](const Term& t) { return t.coefficient == 0; });
  terms = std::move(merged);
}

}  // namespace

void ProgramBuilder::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
}

SignalIndex ProgramBuilder::add_signal(Signal signal) {
  const std::string& n = signal.name;
  if (program_.find_signal(n)) fail("signal `" + n + "` is declared twice");
  if (signal.kind == SignalKind::waveform) fail("`" + n + "`: a rule cannot read a waveform");
  if (signal.min > signal.max) fail("`" + n + "`: the range is empty");
  if (signal.min < -limits::kSampleAbsMax || signal.max > limits::kSampleAbsMax) {
    fail("`" + n + "`: the range leaves 2^30 steps");
  }
  if (signal.stale.ns <= 0 || signal.stale.ns > kDayNs) {
    fail("`" + n + "`: stale after must lie above 0 and within 24 h");
  }
  program_.signals.push_back(std::move(signal));
  return static_cast<SignalIndex>(program_.signals.size() - 1);
}

uint16_t ProgramBuilder::add_profile(Profile profile) {
  if (program_.profiles.size() >= kProfilesMax) fail("more than 32 profiles");
  program_.profiles.push_back(std::move(profile));
  return static_cast<uint16_t>(program_.profiles.size() - 1);
}

LimitIndex ProgramBuilder::add_limit(Limit limit) {
  if (limit.at.size() > program_.profiles.size()) {
    fail("limit `" + limit.name + "` names a profile that is not declared");
  }
  program_.limits.push_back(std::move(limit));
  return static_cast<LimitIndex>(program_.limits.size() - 1);
}

TextIndex ProgramBuilder::add_text(Text text) {
  program_.texts.push_back(std::move(text));
  return static_cast<TextIndex>(program_.texts.size() - 1);
}

TextIndex ProgramBuilder::add_literal(std::string words) {
  Text text;
  text.pieces.push_back({Piece::Kind::literal, std::move(words), {}});
  return add_text(std::move(text));
}

uint16_t ProgramBuilder::intern_span(Span span) {
  if (span.limit == kNone && (span.literal.ns < 0 || span.literal.ns > kDayNs)) {
    fail("a duration of a condition must lie between 0 and 24 h");
  }
  if (span.limit != kNone) {
    if (span.limit >= program_.limits.size()) {
      fail("a duration names an unknown limit");
      span = {};
    } else if (const Limit& l = program_.limits[span.limit];
               l.allowed_min < 0 || l.allowed_max > kDayNs) {
      fail("limit `" + l.name + "` as a duration must lie between 0 and 24 h");
    }
  }
  const auto found = std::find(program_.spans.begin(), program_.spans.end(), span);
  if (found == program_.spans.end()) program_.spans.push_back(span);
  const auto position = std::find(program_.spans.begin(), program_.spans.end(), span);
  return static_cast<uint16_t>(position - program_.spans.begin());
}

uint16_t ProgramBuilder::intern_show(Show show) {
  if (show.text == kNone || show.text >= program_.texts.size()) show.text = add_literal("?");
  program_.shows.push_back(std::move(show));
  return static_cast<uint16_t>(program_.shows.size() - 1);
}

OpIndex ProgramBuilder::intern(Operation op, uint64_t hash) {
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end()) return found->second;
  if (program_.operations.size() >= limits::kOperationsMax) {
    fail("more than 1024 operations");
    return 0;
  }
  const auto index = static_cast<OpIndex>(program_.operations.size());
  program_.operations.push_back(op);
  program_.operation_hashes.push_back(hash);
  by_hash_.emplace(hash, index);
  return index;
}

uint64_t ProgramBuilder::hash_of(OpIndex a) const { return program_.operation_hashes[a]; }

uint64_t ProgramBuilder::hash_span(uint16_t span) const {
  if (span == kNone) return 0;
  const Span& s = program_.spans[span];
  Hasher h;
  if (s.limit != kNone) return h.add(program_.limits[s.limit].name).value();
  return h.add(s.literal.ns).value();
}

bool ProgramBuilder::operand_ok(OpIndex a) {
  if (a < program_.operations.size()) return true;
  fail("an operation names an operand that does not exist");
  return false;
}

bool ProgramBuilder::is_constant(OpIndex a, Truth truth) const {
  const Operation& op = program_.operations[a];
  return op.kind == OpKind::constant && op.value == static_cast<int>(truth);
}

OpIndex ProgramBuilder::constant(Truth truth) {
  Operation op;
  op.value = static_cast<int>(truth);
  return intern(op, node(OpKind::constant).add(op.value).value());
}

// Divides by the greatest common divisor; over integers  g·s + c < 0  is  s + floor(c/g) < 0.
void ProgramBuilder::normalise(Linear& sum, Show& show) {
  merge_terms(sum.signals);
  merge_terms(sum.limits);
  int64_t divisor = 0;
  for (const Term& t : sum.signals) divisor = std::gcd(divisor, t.coefficient);
  for (const Term& t : sum.limits) divisor = std::gcd(divisor, t.coefficient);
  if (divisor <= 1) return;
  for (Term& t : sum.signals) t.coefficient /= divisor;
  for (Term& t : sum.limits) t.coefficient /= divisor;
  sum.constant = floor_div(sum.constant, divisor);
  const int64_t shared = std::gcd(divisor, show.step.den);
  show.step.den /= shared;
  show.step.num *= divisor / shared;
}

void ProgramBuilder::check_interval(const Linear& sum) {
  Wide reach = sum.constant < 0 ? -Wide{sum.constant} : Wide{sum.constant};
  const auto widest = [](int64_t c, int64_t low, int64_t high) {
    const Wide a = Wide{c} * low;
    const Wide b = Wide{c} * high;
    return std::max(a < 0 ? -a : a, b < 0 ? -b : b);
  };
  for (const Term& t : sum.signals) {
    const Signal& s = program_.signals[t.index];
    reach += widest(t.coefficient, s.min, s.max);
  }
  for (const Term& t : sum.limits) {
    const Limit& l = program_.limits[t.index];
    int64_t low = std::min(l.base, l.allowed_min);
    int64_t high = std::max(l.base, l.allowed_max);
    for (const auto& value : l.at) {
      if (value) low = std::min(low, *value);
      if (value) high = std::max(high, *value);
    }
    reach += widest(t.coefficient, low, high);
  }
  for (const Term& t : sum.numbers) {
    const NumberRange range = range_of(t.index);
    reach += widest(t.coefficient, range.low, range.high);
  }
  if (reach >= kSumMax) fail("a number may exceed 2^62");
}

bool ProgramBuilder::names_are_known(const Linear& sum) {
  for (const Term& t : sum.signals) {
    if (t.index >= program_.signals.size()) {
      fail("a comparison names an unknown signal");
      return false;
    }
    if (program_.signals[t.index].kind != SignalKind::numeric) {
      fail("`" + program_.signals[t.index].name + "` is not a number");
    }
  }
  for (const Term& t : sum.limits) {
    if (t.index < program_.limits.size()) continue;
    fail("a comparison names an unknown limit");
    return false;
  }
  return true;
}

// By names, so that it is the same in the next program.
uint64_t ProgramBuilder::hash_linear(const Linear& sum) const {
  Hasher h;
  for (const Term& t : sum.signals) {
    const Signal& s = program_.signals[t.index];
    h.add(s.name).add(s.step.num).add(s.step.den).add(t.coefficient);
  }
  for (const Term& t : sum.limits) h.add(program_.limits[t.index].name).add(t.coefficient);
  for (const Term& t : sum.numbers) h.add(hash_of(t.index)).add(t.coefficient);
  return h.add(sum.constant).value();
}

uint16_t ProgramBuilder::keep(Linear sum) {
  program_.linears.push_back(std::move(sum));
  return static_cast<uint16_t>(program_.linears.size() - 1);
}

OpIndex ProgramBuilder::compare(Linear sum, Show show) {
  if (!names_are_known(sum)) return constant(Truth::unknown);
  normalise(sum, show);
  check_interval(sum);
  if (sum.signals.empty() && sum.limits.empty()) {
    return constant(sum.constant < 0 ? Truth::yes : Truth::no);
  }
  const uint64_t hash = node(OpKind::compare).add(hash_linear(sum)).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = OpKind::compare;
  op.a = keep(std::move(sum));
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

OpIndex ProgramBuilder::area(OpKind kind, Linear depth, Linear budget, Span forget, Show show) {
  if (!names_are_known(depth) || !names_are_known(budget)) return constant(Truth::unknown);
  if (!budget.signals.empty()) fail("the budget of an area reads a signal");
  for (Linear* sum : {&depth, &budget}) {
    merge_terms(sum->signals);
    merge_terms(sum->limits);
    check_interval(*sum);
  }
  const uint16_t span = intern_span(forget);
  const uint64_t hash =
      node(kind).add(hash_linear(depth)).add(hash_linear(budget)).add(hash_span(span)).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = kind;
  op.a = keep(std::move(depth));
  op.b = keep(std::move(budget));
  op.first = span;
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

OpIndex ProgramBuilder::is_value(SignalIndex signal, int32_t value, Show show) {
  return signal_test(OpKind::is_value, signal, value, std::move(show));
}

OpIndex ProgramBuilder::is_lost(SignalIndex signal, Show show) {
  return signal_test(OpKind::is_lost, signal, 0, std::move(show));
}

OpIndex ProgramBuilder::is_valid(SignalIndex signal, Show show) {
  return signal_test(OpKind::is_valid, signal, 0, std::move(show));
}

OpIndex ProgramBuilder::signal_test(OpKind kind, SignalIndex signal, int32_t value, Show show) {
  if (signal >= program_.signals.size()) {
    fail(std::string("`") + name_of(kind) + "` names an unknown signal");
    return constant(Truth::unknown);
  }
  const Signal& s = program_.signals[signal];
  if (kind == OpKind::is_value && s.kind == SignalKind::numeric) {
    fail("`" + s.name + "` is a number: compare it");
  }
  Hasher key = node(kind);
  key.add(s.name);
  const auto place = static_cast<size_t>(value);
  const bool is_word = kind == OpKind::is_value && place < s.enumerators.size();
  // By its word: the next program may list the states in another order.
  const uint64_t hash = (is_word ? key.add(s.enumerators[place]) : key.add(value)).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = kind;
  op.a = signal;
  op.value = value;
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

}  // namespace lamplight::engine
