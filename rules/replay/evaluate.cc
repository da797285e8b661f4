#include "rules/replay/evaluate.h"

#include <algorithm>

#include "rules/engine/operands.h"
#include "rules/engine/state.h"
#include "rules/replay/drive.h"
#include "rules/replay/leases.h"
#include "rules/replay/life.h"

namespace lamplight::replay {
namespace {

using engine::OpKind;

// The alarms wanted, and those that an inhibition of them reads.
std::vector<bool> with_causes(const engine::Program& program, std::vector<bool> wanted) {
  if (wanted.empty()) return std::vector<bool>(program.alarms.size(), true);
  for (bool more = true; more;) {
    more = false;
    for (const engine::Inhibit& inhibit : program.inhibits) {
      const bool matters = std::any_of(inhibit.alarms.begin(), inhibit.alarms.end(),
                                       [&](engine::AlarmIndex a) { return wanted[a]; });
      if (!matters) continue;
      std::vector<engine::OpIndex> stack{inhibit.lease};
      while (!stack.empty()) {
        const engine::OpIndex op = stack.back();
        stack.pop_back();
        const engine::Operation& operation = program.operations[op];
        if (operation.kind == OpKind::alarm_raised && !wanted[operation.a]) {
          wanted[operation.a] = more = true;
        }
        engine::for_operands(program, op, [&](engine::OpIndex o) { stack.push_back(o); });
      }
    }
  }
  return wanted;
}

}  // namespace

std::string beyond_columns(const engine::Program& program) {
  // A window over what other alarms do: the online engine alone has both in one place.
  std::vector<bool> reads_alarm(program.operations.size(), false);
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const auto index = static_cast<engine::OpIndex>(i);
    const engine::Operation& op = program.operations[i];
    reads_alarm[i] = op.kind == OpKind::alarm_raised;
    engine::for_operands(program, index, [&](engine::OpIndex operand) {
      if (reads_alarm[operand]) reads_alarm[i] = true;
    });
    if (reads_alarm[i] && op.kind == OpKind::share) return words_of(program, index);
    if (op.kind == OpKind::flag) return words_of(program, index);
  }
  return {};
}

Outcome by_columns(const engine::Program& program, const Recording& recording, AtomCache& cache,
                   const Ask& ask, std::vector<std::string>& by_engine) {
  Conditions conditions(program, recording, cache);
  const std::vector<bool> wanted = with_causes(program, ask.alarms);
  Outcome out;
  out.alarms.resize(program.alarms.size());
  std::vector<Life> lives(program.alarms.size());
  for (size_t a = 0; a < program.alarms.size(); ++a) {
    if (!wanted[a]) continue;
    const engine::Alarm& alarm = program.alarms[a];
    const Conditions4 four{
        conditions.of(alarm.when), conditions.of(alarm.now_part), conditions.of(alarm.clear),
        alarm.worsens == engine::kNone ? nullptr : &conditions.of(alarm.worsens)};
    lives[a] =
        life_of(alarm, static_cast<engine::AlarmIndex>(a), four, recording.start, recording.end);
    if (ask.alarms.empty() || ask.alarms[a]) out.alarms[a] = {four.when, four.now_part};
    if (ask.done) {
      ask.done(static_cast<double>(a + 1) / static_cast<double>(program.alarms.size()));
    }
  }
  out.events = with_leases(program, recording, conditions, lives);
  if (!ask.alarms.empty()) {
    std::erase_if(out.events, [&](const Happening& e) { return !ask.alarms[e.alarm]; });
  }
  by_engine = conditions.by_engine();
  return out;
}

Outcome online(const engine::Program& program, const Recording& recording, const Ask& ask) {
  Outcome out;
  out.alarms.resize(program.alarms.size());
  const auto is_wanted = [&](size_t alarm) { return ask.alarms.empty() || ask.alarms[alarm]; };
  const auto length = static_cast<double>(recording.end - recording.start + 1);
  uint64_t steps = 0;
  drive(program, recording, {},
        [&](const engine::Engine& engine, const engine::EffectList& effects, int64_t t) {
          for (const engine::Event& e : effects.events()) {
            const bool counts = engine::is_condition_event(e.kind) &&
                                e.alarm < engine.program_alarm_count() && is_wanted(e.alarm);
            if (counts) out.events.push_back({e.t.ns, e.alarm, e.kind, e.priority, e.inhibited});
          }
          for (size_t a = 0; a < out.alarms.size(); ++a) {
            if (!is_wanted(a)) continue;
            out.alarms[a].when.set(t, engine.truth(program.alarms[a].when));
            out.alarms[a].now_part.set(t, engine.truth(program.alarms[a].now_part));
          }
          const bool is_time_to_say = ++steps % 65536 == 0 && ask.done;
          if (is_time_to_say) ask.done(static_cast<double>(t - recording.start) / length);
        });
  return out;
}

Evaluated evaluate(const engine::Program& program, const Recording& recording, AtomCache& cache,
                   const Ask& ask) {
  Evaluated result;
  result.choice.why = beyond_columns(program);
  const bool can = result.choice.why.empty();
  if (ask.by == BackEnd::online || !can) {
    result.choice.by = BackEnd::online;
    if (can) result.choice.why = "asked for";
    result.outcome = online(program, recording, ask);
    return result;
  }
  result.outcome = by_columns(program, recording, cache, ask, result.choice.conditions);
  return result;
}

}  // namespace lamplight::replay
