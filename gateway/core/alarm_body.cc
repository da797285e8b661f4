#include "gateway/core/alarm_body.h"

#include <algorithm>

#include "gateway/core/body.h"
#include "gateway/core/label.h"
#include "gateway/core/signals_read.h"
#include "rules/engine/evidence.h"

namespace lamplight::core {
namespace {

using engine::AlarmView;
using engine::Event;
using engine::EventKind;
using engine::Program;

constexpr std::string_view kTheChild = "the child";

// The atom that says most: the first with a number, else the first.
const engine::EvidenceAtom* deciding(std::span<const engine::EvidenceAtom> atoms) {
  for (const auto& atom : atoms) {
    if (atom.has_value) return &atom;
  }
  return atoms.empty() ? nullptr : &atoms.front();
}

// The bound of `c·x < K`, in the signal's resolution, as people wrote it: the compiler made `<=` a
// `<` of the next step, so the words of the atom say which it was. A limit may be written finer
// than the signal counts, which makes c more than 1: a bound between two steps of the signal is
// left out.
std::optional<int64_t> limit_of(const Program& program, const engine::Operation& op,
                                engine::ProfileSet profiles, std::string_view words) {
  if (op.kind != engine::OpKind::compare) return std::nullopt;
  const auto& sum = program.linears[op.a];
  const int64_t coefficient = sum.signals.front().coefficient;
  int64_t bound = -sum.constant;
  for (const auto& term : sum.limits) {
    bound -= term.coefficient * engine::limit_value(program.limits[term.index], profiles);
  }
  const bool inclusive =
      words.find("<=") != std::string_view::npos || words.find(">=") != std::string_view::npos;
  if (inclusive) bound -= 1;
  if (bound % coefficient != 0) return std::nullopt;
  return bound / coefficient;
}

// A comparison keeps its signal term, c·x; the record wants x.
int64_t value_of(const Program& program, const engine::Operation& op, int64_t last) {
  if (op.kind != engine::OpKind::compare) return last;
  return last / program.linears[op.a].signals.front().coefficient;
}

// A step as a decimal of `decimals` places: a finer step of the rules need not be a power of ten.
int64_t step_of(const engine::Signal& signal) {
  int64_t step = signal.step.num;
  for (int i = 0; i < signal.decimals; ++i) step *= 10;
  return step / signal.step.den;
}

std::string_view device_of(const AlarmBody& c, std::optional<Role> role) {
  if (!role) return {};
  for (const DeviceSetup& d : c.devices) {
    if (d.role == *role) return d.id;
  }
  return {};
}

// Of a built-in alarm the device stands in its name: "device_silent.pump".
void write_device_of_builtin(JsonWriter& out, const AlarmBody& c, const engine::Alarm& alarm) {
  const size_t dot = alarm.id.rfind('.');
  if (alarm.source != engine::AlarmSource::builtin || dot == std::string::npos) return;
  const auto device = device_of(c, role_of(std::string_view(alarm.id).substr(dot + 1)));
  if (!device.empty()) out.key("device").string(device);
}

// device, signal, value, limit, unit, validity: the reading that decided.
void write_reading(JsonWriter& out, const AlarmBody& c, const Event& e) {
  const Program& program = c.engine.program();
  const auto* atom = deciding(c.effects.evidence(e));
  if (atom == nullptr) return;
  const auto& op = program.operations[atom->op];
  const auto index = signal_of(program, op);
  if (!index) return;
  const engine::Signal& signal = program.signals[*index];
  const engine::SignalView now = c.engine.signal_view(*index);
  if (const auto device = device_of(c, signal.role); !device.empty()) {
    out.key("device").string(device);
  }
  out.key("signal").string(signal.path);
  const bool numeric = signal.kind == SignalKind::numeric;
  out.key("value");
  if (atom->has_value) {
    out.integer(value_of(program, op, atom->last));
  } else {
    out.null();
  }
  if (numeric) {
    const auto limit =
        limit_of(program, op, e.profiles, engine::atom_text(program, atom->op, e.profiles));
    if (limit) out.key("limit").integer(*limit);
    out.key("unit").string(signal.unit);
    out.key("step").decimal(step_of(signal), signal.decimals);
  }
  out.key("validity").string(now.valid ? name_of(now.quality) : name_of(now.reason));
}

void write_reasons(JsonWriter& out, ReasonSet reasons) {
  out.key("reasons").begin_array();
  for (int i = 0; i < kReasonCount; ++i) {
    if (reasons.has(static_cast<Reason>(i))) out.string(name_of(static_cast<Reason>(i)));
  }
  out.end_array();
}

void write_texts(JsonWriter& out, const AlarmBody& c, const Event& e) {
  using engine::Wording;
  const Program& program = c.engine.program();
  const engine::Alarm& alarm = c.engine.alarm(e.alarm);
  const auto say = [&](Wording which) {
    return engine::sentence(program, alarm, c.effects, e, which, kTheChild);
  };
  const bool has_say = alarm.say != engine::kNone;
  const Wording main = has_say ? Wording::say : Wording::title;
  out.key("title").string(say(Wording::title));
  out.key("template").string(engine::template_text(program, has_say ? alarm.say : alarm.title));
  out.key("args");
  engine::write_args_json(program, alarm, c.effects, e, main, out);
  out.key("text").string(say(main));
  if (alarm.instruction == engine::kNone) return;
  out.key("do_template").string(engine::template_text(program, alarm.instruction));
  out.key("do_args");
  engine::write_args_json(program, alarm, c.effects, e, Wording::instruction, out);
  out.key("do").string(say(Wording::instruction));
}

void write_times(JsonWriter& out, const AlarmBody& c, const Event& e) {
  const int64_t offset = c.state.engine_offset_ns;
  const auto boot_time = [&](MonoTime t) { return t == kNever ? t : MonoTime{t.ns - offset}; };
  write_instant(out, "t", boot_time(e.t));
  write_instant(out, "emitted", c.state.now);
  write_instant(out, "measured_at", boot_time(e.measured_at));
  write_instant(out, "received_at", boot_time(e.received_at));
  write_instant(out, "condition_at", boot_time(e.raised_at));
  write_instant(out, "signalled_at", signalled_at(c.state, e.occurrence));
  const bool is_lease =
      e.kind == EventKind::acknowledged || e.kind == EventKind::audio_paused || e.inhibited;
  if (is_lease && e.until != kNever) {
    write_instant(out, "until", boot_time(e.until));
    out.key("until_at").string(rfc3339(c.state.wall.at(boot_time(e.until)).unix_ns));
  }
}

void write_actor(JsonWriter& out, const Event& e) {
  if (e.actor.id_text().empty()) return;
  out.key("actor").string(e.actor.id_text()).key("role").string(e.actor.role_text());
  out.key("place").string(name_of(e.actor.place));
}

}  // namespace

void write_command(JsonWriter& out, const CommandRef& command) {
  out.key("command").begin_object().key("id").string(command.id);
  out.key("outcome").string(command.outcome).key("why");
  if (command.why.empty()) {
    out.null();
  } else {
    out.string(command.why);
  }
  out.end_object();
}

MonoTime signalled_at(const State& state, uint64_t occurrence) {
  for (const Signalled& s : state.signalled) {
    if (s.occurrence == occurrence) return s.at;
  }
  return kNever;
}

void write_alarm_fields(JsonWriter& out, const AlarmBody& c, const Event& e,
                        const std::optional<CommandRef>& command) {
  const engine::Alarm& alarm = c.engine.alarm(e.alarm);
  const AlarmView view = c.engine.view(e.alarm);
  const Program& program = c.engine.program();
  // First behind the head: live_topic() reads it.
  out.key("occurrence").integer(static_cast<int64_t>(e.occurrence)).key("previous");
  if (e.previous == 0) {
    out.null();
  } else {
    out.integer(static_cast<int64_t>(e.previous));
  }
  out.key("again").integer(e.again).key("flaps").integer(e.flaps);
  out.key("rule").string(alarm.id).key("rules_version").integer(program.rules_version);
  out.key("plan_version").integer(program.plan_version);
  out.key("priority").string(lamplight::name_of(e.priority));
  out.key("severity").string(lamplight::name_of(e.rank.severity));
  out.key("onset").string(lamplight::name_of(e.rank.onset));
  out.key("class").string(name_of(alarm.klass));
  const AcmWords words = acm_words(e.kind, view, e.again);
  out.key("phase").string(words.phase).key("state").string(words.state);
  out.key("inactivation").string(words.inactivation);
  out.key("acm_priority").string(acm_priority(e.priority));
  out.key("acm_type").string(acm_type(alarm.klass));
  write_times(out, c, e);
  if (engine::is_condition_event(e.kind)) {
    write_device_of_builtin(out, c, alarm);
    write_reading(out, c, e);
    out.key("evidence");
    engine::write_evidence_json(program, c.effects, e, MonoTime{c.state.engine_offset_ns}, out);
  }
  if (!e.reasons.empty()) write_reasons(out, e.reasons);
  if (e.cause != engine::Cause::none) out.key("cause").string(engine::name_of(e.cause));
  if (e.inhibited) out.key("inhibited").boolean(true);
  if (e.inhibit != engine::kNone) out.key("by").string(program.inhibits[e.inhibit].by);
  if (e.kind == EventKind::raised) write_texts(out, c, e);
  write_actor(out, e);
  if (command) write_command(out, *command);
}

}  // namespace lamplight::core
