// Building: sharing, folding, and the node hashes that carry state from one program to the next.
#include "rules/engine/builder.h"

#include <algorithm>
#include <numeric>

#include "rules/engine/hash.h"
#include "rules/model/limits.h"

namespace lamplight::engine {
namespace {

using Wide = __int128;
constexpr int64_t kSumMax = int64_t{1} << 62;
constexpr size_t kInstructionsPerSampleMax = 512;  // language, section 5
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

bool is_signal_test(OpKind kind) {
  return kind == OpKind::is_value || kind == OpKind::is_lost || kind == OpKind::is_valid;
}

Hasher node(OpKind kind) {
  Hasher h;
  h.add(static_cast<int>(kind));
  return h;
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
  if (reach >= kSumMax) fail("a number may exceed 2^62");
}

OpIndex ProgramBuilder::compare(Linear sum, Show show) {
  for (const Term& t : sum.signals) {
    if (t.index >= program_.signals.size()) {
      fail("a comparison names an unknown signal");
      return constant(Truth::unknown);
    }
    if (program_.signals[t.index].kind != SignalKind::numeric) {
      fail("`" + program_.signals[t.index].name + "` is not a number");
    }
  }
  for (const Term& t : sum.limits) {
    if (t.index >= program_.limits.size()) {
      fail("a comparison names an unknown limit");
      return constant(Truth::unknown);
    }
  }
  normalise(sum, show);
  check_interval(sum);
  if (sum.signals.empty() && sum.limits.empty()) {
    return constant(sum.constant < 0 ? Truth::yes : Truth::no);
  }
  Hasher h = node(OpKind::compare);
  for (const Term& t : sum.signals) {
    const Signal& s = program_.signals[t.index];
    h.add(s.name).add(s.step.num).add(s.step.den).add(t.coefficient);
  }
  for (const Term& t : sum.limits) h.add(program_.limits[t.index].name).add(t.coefficient);
  const uint64_t hash = h.add(sum.constant).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = OpKind::compare;
  op.a = static_cast<uint16_t>(program_.linears.size());
  op.show = intern_show(std::move(show));
  program_.linears.push_back(std::move(sum));
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
  const uint64_t hash = node(kind).add(s.name).add(value).value();
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) return found->second;
  Operation op;
  op.kind = kind;
  op.a = signal;
  op.value = value;
  op.show = intern_show(std::move(show));
  return intern(op, hash);
}

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

OpIndex ProgramBuilder::later(OpKind kind) {
  fail(std::string("`") + name_of(kind) + "` is not built yet in this version");
  return constant(Truth::unknown);
}

OpIndex ProgramBuilder::now_part(OpIndex a) {
  if (!operand_ok(a)) return a;
  if (const auto found = now_parts_.find(a); found != now_parts_.end()) return found->second;
  const Operation op = program_.operations[a];
  OpIndex result = a;
  switch (op.kind) {
    case OpKind::hold_for:
      result = now_part(op.a);
      break;
    case OpKind::within_last:
      result = within_last(now_part(op.a), program_.spans[op.first]);
      break;
    case OpKind::logical_not:
      result = negate(now_part(op.a));
      break;
    case OpKind::logical_and:
      result = both(now_part(op.a), now_part(op.b));
      break;
    case OpKind::logical_or:
      result = either(now_part(op.a), now_part(op.b));
      break;
    case OpKind::since:
      result = since(now_part(op.a), now_part(op.b));
      break;
    case OpKind::constant:
    case OpKind::compare:
    case OpKind::is_value:
    case OpKind::is_lost:
    case OpKind::is_valid:
    case OpKind::flag:
    case OpKind::shortfall:
    case OpKind::excess:
    case OpKind::count_starts:
    case OpKind::mean:
    case OpKind::minimum:
    case OpKind::maximum:
    case OpKind::drop:
    case OpKind::rise:
    case OpKind::change:
    case OpKind::share:
    case OpKind::age:
    case OpKind::alarm_raised:
    case OpKind::button:
      break;
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

AlarmIndex ProgramBuilder::add_lost(SignalIndex signal, Span span, Alarm alarm) {
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
  if (alarm.clear == kNone) alarm.clear = hold_for(back, {.literal = seconds(5), .limit = kNone});
  return add_alarm(std::move(alarm));
}

// Bounds that only the whole program shows.
void ProgramBuilder::check_bounds() {
  if (program_.signals.size() > limits::kSignalsMax) fail("more than 128 signals");
  const size_t n = program_.operations.size();
  for (size_t s = 0; s < program_.signals.size(); ++s) {
    std::vector<bool> touched(n, false);
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) {
      const Operation& op = program_.operations[i];
      bool reads = false;
      if (op.kind == OpKind::compare) {
        for (const Term& t : program_.linears[op.a].signals) reads = reads || t.index == s;
      } else if (is_signal_test(op.kind)) {
        reads = op.a == s;
      } else {
        reads = (op.a < i && touched[op.a]) || (op.b < i && touched[op.b]);
      }
      touched[i] = reads;
      count += reads ? 1 : 0;
    }
    if (count > kInstructionsPerSampleMax) {
      fail("a sample of `" + program_.signals[s].name + "` would run " + std::to_string(count) +
           " instructions, 512 allowed");
    }
  }
  if (const size_t bytes = program_.state_bytes(); bytes > limits::kStateBytesMax) {
    fail(std::to_string(bytes) + " bytes of state, 65536 allowed");
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
