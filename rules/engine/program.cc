// Questions about a finished program: limits by profile, its hash, its size, its names.
#include "rules/engine/program.h"

#include "rules/engine/hash.h"
#include "rules/engine/state.h"

namespace lamplight::engine {
namespace {

void add(Hasher& h, Ratio r) { h.add(r.num).add(r.den); }
void add(Hasher& h, Rank r) { h.add(static_cast<int>(r.severity)).add(static_cast<int>(r.onset)); }

void add(Hasher& h, const Linear& l) {
  h.add(static_cast<uint64_t>(l.signals.size()));
  for (const Term& t : l.signals) h.add(int{t.index}).add(t.coefficient);
  for (const Term& t : l.limits) h.add(int{t.index}).add(t.coefficient);
  for (const Term& t : l.numbers) h.add(int{t.index}).add(t.coefficient);
  h.add(l.constant);
}

void add(Hasher& h, const Signal& s) {
  h.add(s.name).add(s.path).add(s.role ? static_cast<int>(*s.role) : -1);
  h.add(static_cast<int>(s.kind)).add(s.unit);
  add(h, s.step);
  h.add(s.decimals).add(s.min).add(s.max).add(s.every.ns).add(s.stale.ns);
  h.add(static_cast<uint64_t>(s.enumerators.size()));
  for (const std::string& word : s.enumerators) h.add(word);
  h.add(s.multiplier);
}

void add(Hasher& h, const Limit& l) {
  h.add(l.name).add(l.unit);
  add(h, l.step);
  h.add(l.decimals).add(l.base).add(l.allowed_min).add(l.allowed_max);
  h.add(static_cast<uint64_t>(l.at.size()));
  for (const auto& value : l.at) h.add(value ? 1 : 0).add(value.value_or(0));
}

void add(Hasher& h, const Text& text) {
  h.add(static_cast<uint64_t>(text.pieces.size()));
  for (const Piece& p : text.pieces) {
    h.add(static_cast<int>(p.kind)).add(p.literal);
    if (p.kind != Piece::Kind::quantity) continue;
    add(h, p.quantity.value);
    add(h, p.quantity.step);
    h.add(p.quantity.decimals).add(p.quantity.unit);
  }
}

void add(Hasher& h, const Operation& op) {
  h.add(static_cast<int>(op.kind)).add(int{op.a}).add(int{op.b});
  h.add(int{op.first}).add(int{op.second}).add(int{op.show}).add(op.value);
}

void add(Hasher& h, const Alarm& a) {
  h.add(a.id).add(static_cast<int>(a.source)).add(static_cast<int>(a.klass));
  add(h, a.rank);
  h.add(int{a.title}).add(int{a.say}).add(int{a.instruction}).add(a.because);
  h.add(int{a.when}).add(int{a.now_part}).add(int{a.clear}).add(int{a.worsens});
  add(h, a.worsens_to);
  h.add(a.latch ? 1 : 0).add(a.never_inhibited ? 1 : 0);
  h.add(a.unknown_clears.ns).add(a.remind_every.ns).add(int{a.lost_signal});
  for (const EscalationStep& step : a.escalate) h.add(step.role).add(step.after.ns);
  h.add(uint64_t{a.notify_at_most}).add(a.notify_per.ns);
}

}  // namespace

int64_t limit_value(const Limit& limit, ProfileSet active) {
  for (size_t i = 0; i < limit.at.size(); ++i) {
    if (((active >> i) & 1U) == 0) continue;
    if (limit.at[i]) return *limit.at[i];
  }
  return limit.base;
}

uint64_t Program::hash() const {
  Hasher h;
  h.add(name).add(rules_version).add(plan_version);
  for (const std::string& role : roles) h.add(role);
  for (const Signal& s : signals) add(h, s);
  for (const Profile& p : profiles) {
    h.add(p.name).add(int{p.start_minute}).add(int{p.end_minute}).add(int{p.days});
  }
  for (const Limit& l : limits) add(h, l);
  for (const Text& t : texts) add(h, t);
  for (const Linear& l : linears) add(h, l);
  for (const Span& s : spans) h.add(s.literal.ns).add(int{s.limit});
  for (const Window& w : windows) h.add(w.length.ns).add(w.pane.ns).add(w.known_least_us);
  for (const Show& s : shows) {
    h.add(int{s.text}).add(s.step.num).add(s.step.den).add(s.decimals).add(s.unit);
  }
  for (const Operation& op : operations) add(h, op);
  // Their state is kept under these keys: other keys are another program to a snapshot.
  for (const uint64_t key : operation_hashes) h.add(key);
  for (const Alarm& a : alarms) add(h, a);
  for (const Button& b : buttons) h.add(b.name).add(b.lasts.ns).add(b.rests.ns);
  for (const Inhibit& i : inhibits) {
    h.add(int{i.lease}).add(int{i.button}).add(i.by).add(uint64_t{i.alarms.size()});
    for (const AlarmIndex a : i.alarms) h.add(int{a});
  }
  return h.value();
}

size_t state_bytes_of(const Program& program) {
  size_t bytes = program.signals.size() * sizeof(ReadingState) +
                 program.operations.size() * sizeof(OpState) +
                 program.alarms.size() * sizeof(AlarmState);
  for (const Operation& op : program.operations) {
    if (is_timed(op.kind)) bytes += sizeof(TimedState);
    if (op.kind == OpKind::button) bytes += sizeof(ButtonState);
    if (op.kind == OpKind::lease) bytes += sizeof(LeaseState);
    if (is_window(op.kind)) bytes += sizeof(WindowState) + kPanes * sizeof(WindowPane);
    if (is_compare(op.kind)) bytes += sizeof(CompareState);
    if (is_area(op.kind)) bytes += sizeof(AreaState);
    if (op.kind == OpKind::count_starts) {
      bytes += sizeof(CountState) + static_cast<size_t>(op.value) * sizeof(int64_t);
    }
  }
  return bytes;
}

size_t Program::state_bytes() const { return state_bytes_of(*this); }

std::optional<SignalIndex> Program::find_signal(std::string_view name_or_path) const {
  for (size_t i = 0; i < signals.size(); ++i) {
    if (signals[i].name == name_or_path || signals[i].path == name_or_path) {
      return static_cast<SignalIndex>(i);
    }
  }
  return std::nullopt;
}

std::optional<AlarmIndex> Program::find_alarm(std::string_view id) const {
  for (size_t i = 0; i < alarms.size(); ++i) {
    if (alarms[i].id == id) return static_cast<AlarmIndex>(i);
  }
  return std::nullopt;
}

NumberRange number_range(const Program& program, OpIndex number) {
  const Operation& op = program.operations[number];
  if (op.kind == OpKind::share) return {0, kShareScale};
  if (op.kind == OpKind::age) return {0, kAgeMax};
  const Signal& s = program.signals[op.a];
  const int64_t width = int64_t{s.max} - s.min;
  if (op.kind == OpKind::drop || op.kind == OpKind::rise) return {0, width};
  if (op.kind == OpKind::change) return {-width, width};
  return {s.min, s.max};
}

const char* name_of(OpKind kind) {
  switch (kind) {
    case OpKind::constant:
      return "constant";
    case OpKind::compare:
      return "comparison";
    case OpKind::is_value:
      return "is";
    case OpKind::is_lost:
      return "is lost";
    case OpKind::is_valid:
      return "is valid";
    case OpKind::flag:
      return "flag";
    case OpKind::logical_not:
      return "not";
    case OpKind::logical_and:
      return "and";
    case OpKind::logical_or:
      return "or";
    case OpKind::hold_for:
      return "for";
    case OpKind::within_last:
      return "within last";
    case OpKind::since:
      return "since";
    case OpKind::shortfall:
      return "shortfall of";
    case OpKind::excess:
      return "excess of";
    case OpKind::count_starts:
      return "count of";
    case OpKind::compare_number:
      return "comparison of a window or an age";
    case OpKind::mean:
      return "mean of";
    case OpKind::minimum:
      return "min of";
    case OpKind::maximum:
      return "max of";
    case OpKind::drop:
      return "drop of";
    case OpKind::rise:
      return "rise of";
    case OpKind::change:
      return "change of";
    case OpKind::share:
      return "share of time";
    case OpKind::age:
      return "age of";
    case OpKind::alarm_raised:
      return "alarm as a condition";
    case OpKind::button:
      return "button";
    case OpKind::lease:
      return "inhibit";
  }
  return "?";
}

}  // namespace lamplight::engine
