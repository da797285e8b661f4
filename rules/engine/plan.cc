// Deriving the plan: all of it happens once, before the first step.
#include "rules/engine/plan.h"

#include <algorithm>

#include "rules/engine/hash.h"
#include "rules/engine/operands.h"
#include "rules/engine/state.h"
#include "rules/model/assert.h"

namespace lamplight::engine {
namespace {

using Lists = std::vector<std::vector<uint16_t>>;

TextIndex literal(Program& program, std::string words) {
  Text text;
  text.pieces.push_back({Piece::Kind::literal, std::move(words), {}});
  program.texts.push_back(std::move(text));
  return static_cast<TextIndex>(program.texts.size() - 1);
}

OpIndex append(Program& program, Operation op, uint64_t hash) {
  program.operations.push_back(op);
  program.operation_hashes.push_back(hash);
  return static_cast<OpIndex>(program.operations.size() - 1);
}

// One technical alarm: a flag the engine sets, and the default clear of 5 s.
void append_technical(Program& program, Plan& plan, const TechnicalInfo& info, uint8_t device,
                      uint16_t clear_span) {
  Alarm alarm;
  alarm.id = info.id;
  std::string title(info.title);
  alarm.rank = info.rank;
  if (info.per_device) {
    const Role role = plan.devices[device];
    alarm.id += '.';
    alarm.id += name_of(role);
    title = std::string(name_of(role)) + ": " + title;
    if (info.kind == Technical::device_silent) alarm.rank = silence_rank(role);
  }
  alarm.source = AlarmSource::builtin;
  alarm.klass = AlarmClass::technical;
  alarm.latch = info.latch;
  alarm.never_inhibited = true;
  alarm.title = literal(program, title);
  alarm.say = alarm.title;
  alarm.instruction = literal(program, std::string(info.instruction));

  Show show;
  show.text = literal(program, alarm.id);
  program.shows.push_back(show);
  Operation flag;
  flag.kind = OpKind::flag;
  flag.a = static_cast<uint16_t>(plan.technical.size());
  flag.show = static_cast<uint16_t>(program.shows.size() - 1);
  const auto hash = [&](int part) { return Hasher().add(alarm.id).add(part).value(); };
  alarm.when = append(program, flag, hash(0));
  alarm.now_part = alarm.when;
  Operation absent;
  absent.kind = OpKind::logical_not;
  absent.a = alarm.when;
  Operation clear;
  clear.kind = OpKind::hold_for;
  clear.a = append(program, absent, hash(1));
  clear.first = clear_span;
  alarm.clear = append(program, clear, hash(2));
  plan.technical.push_back(
      {info.kind, device, alarm.when, static_cast<AlarmIndex>(program.alarms.size())});
  program.alarms.push_back(std::move(alarm));
}

void append_all_technical(Program& program, Plan& plan) {
  program.spans.push_back({.literal = seconds(5), .limit = kNone});
  const auto clear_span = static_cast<uint16_t>(program.spans.size() - 1);
  for (const TechnicalInfo& info : technical_alarms()) {
    if (info.kind == Technical::time_not_set && program.profiles.empty()) continue;
    const size_t instances = info.per_device ? plan.devices.size() : 1;
    for (size_t device = 0; device < instances; ++device) {
      append_technical(program, plan, info, static_cast<uint8_t>(device), clear_span);
    }
  }
}

void add_once(std::vector<uint16_t>& list, uint16_t item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

void add_span_limit(const Program& program, Lists& of_limit, uint16_t span, size_t op) {
  if (span == kNone) return;
  const LimitIndex limit = program.spans[span].limit;
  if (limit != kNone) add_once(of_limit[limit], static_cast<uint16_t>(op));
}

// Its place in the table of its kind and among the deadlines.
void give_places(Plan& plan, const Operation& operation, size_t op) {
  const OpKind kind = operation.kind;
  const auto next = [&](size_t& count) { plan.record[op] = static_cast<uint16_t>(count++); };
  if (is_timed(kind)) next(plan.timed_count);
  if (is_compare(kind)) next(plan.compare_count);
  if (is_window(kind)) next(plan.window_count);
  if (kind == OpKind::lease) next(plan.lease_count);
  if (kind == OpKind::button) next(plan.button_count);
  if (is_area(kind)) next(plan.area_count);
  if (kind == OpKind::count_starts) {
    next(plan.count_count);
    plan.ring_of.push_back(static_cast<uint32_t>(plan.start_count));
    plan.start_count += static_cast<size_t>(operation.value);
  }
  if (!has_timer(kind)) return;
  plan.timer[op] = static_cast<uint16_t>(plan.timer_operations.size());
  plan.timer_operations.push_back(static_cast<OpIndex>(op));
}

// An alarm as a condition is F while it is inhibited: it reads the leases over it.
void derive_inhibits(const Program& program, Plan& plan, Lists& parents) {
  Lists of_alarm(program.alarms.size());
  for (size_t i = 0; i < program.inhibits.size(); ++i) {
    const Inhibit& inhibit = program.inhibits[i];
    for (const AlarmIndex a : inhibit.alarms) {
      add_once(of_alarm[a], static_cast<uint16_t>(i));
      const OpIndex reader = plan.raised_op[a];
      if (reader == kNone) continue;
      LL_ASSERT(inhibit.lease < reader);
      add_once(parents[inhibit.lease], reader);
    }
  }
  plan.inhibits_of = Rows(of_alarm);
}

void derive_operations(const Program& program, Plan& plan) {
  const size_t n = program.operations.size();
  Lists atoms(program.signals.size());
  Lists parents(n);
  Lists of_limit(program.limits.size());
  plan.record.assign(n, kNone);
  plan.timer.assign(n, kNone);
  plan.is_late.assign(n, 0);
  plan.button_op.assign(program.buttons.size(), kNone);
  plan.raised_op.assign(program.alarms.size(), kNone);
  for (size_t i = 0; i < n; ++i) {
    const Operation& op = program.operations[i];
    const auto self = static_cast<uint16_t>(i);
    give_places(plan, op, i);
    add_span_limit(program, of_limit, op.first, i);
    add_span_limit(program, of_limit, op.second, i);
    if (is_linear(op.kind)) {
      for (const Term& t : program.linears[op.a].signals) add_once(atoms[t.index], self);
      for (const Term& t : program.linears[op.a].limits) add_once(of_limit[t.index], self);
    }
    if (is_area(op.kind)) {
      for (const Term& t : program.linears[op.b].limits) add_once(of_limit[t.index], self);
    }
    if (reads_signal_alone(op.kind)) add_once(atoms[op.a], self);
    plan.is_late[i] = op.kind == OpKind::alarm_raised || op.kind == OpKind::lease ? 1 : 0;
    for_operands(program, self, [&](OpIndex operand) {
      LL_ASSERT(operand < i);
      add_once(parents[operand], self);
      plan.is_late[i] = plan.is_late[i] | plan.is_late[operand];
    });
    if (op.kind == OpKind::button) plan.button_op[op.a] = self;
    if (op.kind == OpKind::alarm_raised) plan.raised_op[op.a] = self;
  }
  derive_inhibits(program, plan, parents);
  plan.atoms_of_signal = Rows(atoms);
  for (const auto& row : atoms) {
    std::vector<AtomWord> words;
    for (const OpIndex atom : row) {  // rising, so equal words are neighbours
      if (words.empty() || words.back().word != atom / 64U) words.push_back({atom / 64U, 0});
      words.back().mask |= uint64_t{1} << (atom % 64);
    }
    plan.atom_words_of.push_back(std::move(words));
  }
  plan.parents = Rows(parents);
  plan.operations_of_limit = Rows(of_limit);
}

// Marks everything under `root`.
void descend(const Program& program, OpIndex root, std::vector<bool>& under) {
  if (root == kNone) return;
  under[root] = true;
  for (size_t i = root + 1U; i-- > 0;) {
    if (!under[i]) continue;
    for_operands(program, static_cast<OpIndex>(i), [&](OpIndex operand) { under[operand] = true; });
  }
}

void derive_alarms(const Program& program, Plan& plan) {
  Lists alarms_of(program.operations.size());
  Lists limits_of(program.alarms.size());
  Lists signals_of(program.alarms.size());
  for (size_t a = 0; a < program.alarms.size(); ++a) {
    const Alarm& alarm = program.alarms[a];
    for (const OpIndex root : {alarm.when, alarm.now_part, alarm.clear, alarm.worsens}) {
      if (root != kNone) add_once(alarms_of[root], static_cast<uint16_t>(a));
    }
    std::vector<bool> under(program.operations.size(), false);
    descend(program, alarm.when, under);
    for (size_t s = 0; s < program.signals.size(); ++s) {
      for (const OpIndex atom : plan.atoms_of_signal.row(s)) {
        if (under[atom]) add_once(signals_of[a], static_cast<uint16_t>(s));
      }
    }
    descend(program, alarm.clear, under);
    for (size_t l = 0; l < program.limits.size(); ++l) {
      for (const OpIndex op : plan.operations_of_limit.row(l)) {
        if (under[op]) add_once(limits_of[a], static_cast<uint16_t>(l));
      }
    }
  }
  plan.alarms_of = Rows(alarms_of);
  plan.limits_of_alarm = Rows(limits_of);
  plan.signals_of_alarm = Rows(signals_of);
}

}  // namespace

Rows::Rows(const std::vector<std::vector<uint16_t>>& rows) {
  for (const auto& row : rows) {
    items_.insert(items_.end(), row.begin(), row.end());
    starts_.push_back(static_cast<uint32_t>(items_.size()));
  }
}

Plan make_plan(Program& program, const std::vector<Role>& devices) {
  LL_ASSERT(devices.size() < kNoDevice);
  Plan plan;
  plan.devices = devices;
  plan.program_alarms = program.alarms.size();
  plan.program_operations = program.operations.size();
  for (const Signal& signal : program.signals) {
    uint8_t device = kNoDevice;
    for (size_t d = 0; d < devices.size(); ++d) {
      if (signal.role == devices[d]) device = static_cast<uint8_t>(d);
    }
    plan.signal_device.push_back(device);
  }
  append_all_technical(program, plan);
  derive_operations(program, plan);
  derive_alarms(program, plan);
  return plan;
}

Duration span_length(const Program& program, uint16_t span, ProfileSet profiles) {
  const Span& s = program.spans[span];
  if (s.limit == kNone) return s.literal;
  return {limit_value(program.limits[s.limit], profiles)};
}

}  // namespace lamplight::engine
