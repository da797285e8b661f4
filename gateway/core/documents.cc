// Documents of state: the retained topics status, alarms and device/…, and the read-outs of
// core.sock. They carry an epoch or an instant, never a seq of their own.
#include <algorithm>

#include "gateway/core/batch_body.h"
#include "gateway/core/label.h"
#include "gateway/core/nomenclature.h"
#include "gateway/core/parts.h"
#include "rules/engine/evidence.h"

namespace lamplight::core {
namespace {

std::string hex(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

void write_label(JsonWriter& out, std::string_view key, WallTime at) {
  out.key(key).string(rfc3339(at.unix_ns));
}

}  // namespace

void Core::Parts::write_document_head(JsonWriter& out, MonoTime now) const {
  const WallTime at = state.wall.at(now);
  out.begin_object().key("v").integer(1).key("home").string(setup.home);
  out.key("boot").string(setup.boot).key("store_id").string(recorder.store_id());
  write_label(out, "at", at);
  out.key("clock").string(lamplight::name_of(at.clock)).key("mono_ms").integer(now.ns / 1'000'000);
}

std::string Core::Parts::status(MonoTime now) {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("state").string("online").key("version").string(setup.version);
  out.key("rules").string(program.name).key("rules_version").integer(program.rules_version);
  out.key("plan_version").integer(program.plan_version).key("program").string(hex(program.hash()));
  out.key("since_ms").integer(state.since.ns / 1'000'000);
  write_label(out, "since", state.wall.at(state.since));
  out.key("devices").begin_array();
  for (const DeviceSetup& device : setup.devices) out.string(device.id);
  out.end_array().end_object();
  return text;
}

void Core::Parts::write_alarm(JsonWriter& out, engine::AlarmIndex index, MonoTime now,
                              bool names) const {
  const engine::Alarm& alarm = engine->alarm(index);
  const engine::AlarmView view = engine->view(index);
  const std::string_view child =
      names && !program.child.empty() ? std::string_view(program.child) : "the child";
  const AcmWords words = acm_continue(view);
  const MonoTime raised = boot_time(view.raised_at);
  out.begin_object().key("occurrence").integer(static_cast<int64_t>(view.occurrence));
  out.key("rule").string(alarm.id).key("priority").string(lamplight::name_of(view.priority));
  out.key("severity").string(lamplight::name_of(view.rank.severity));
  out.key("onset").string(lamplight::name_of(view.rank.onset));
  out.key("class").string(name_of(alarm.klass));
  out.key("phase").string(words.phase).key("state").string(words.state);
  out.key("inactivation").string(words.inactivation);
  out.key("acm_priority").string(acm_priority(view.priority));
  out.key("acm_type").string(acm_type(alarm.klass));
  out.key("condition").string(engine::name_of(view.condition));
  out.key("signal").string(engine::name_of(view.signal));
  out.key("audible").boolean(view.audible).key("grouped").boolean(view.grouped);
  out.key("title").string(engine::text_now(*engine, index, alarm.title, child));
  if (alarm.instruction != engine::kNone) {
    out.key("do").string(engine::text_now(*engine, index, alarm.instruction, child));
  }
  // Of one that ended before an update to a version that keeps it, it is not known.
  if (raised != kNever) {
    out.key("raised_ms").integer(raised.ns / 1'000'000);
    write_label(out, "raised_at", state.wall.at(raised));
    out.key("age_ms").integer((now - raised).ms());
  }
  out.key("again").integer(view.again).key("flaps").integer(view.flaps);
  out.key("seen").integer(view.seen).key("previous");
  view.previous == 0 ? out.null() : out.integer(static_cast<int64_t>(view.previous));
  write_quiet(out, view, now, names);
  out.key("reasons").begin_array();
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (view.reasons.has(reason)) out.string(lamplight::name_of(reason));
  }
  out.end_array().end_object();
}

std::string Core::Parts::alarms(MonoTime now, bool durable) {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("durable").boolean(durable);
  out.key("epoch").begin_object().key("boot").string(setup.boot);
  out.key("seq").integer(static_cast<int64_t>(recorder.newest(Lane::alarm))).end_object();
  out.key("alarms").begin_array();
  for (engine::AlarmIndex i = 0; i < engine->alarm_count(); ++i) {
    if (engine->view(i).condition != engine::ConditionState::idle) write_alarm(out, i, now, false);
  }
  out.end_array().end_object();
  return text;
}

void Core::Parts::write_device(JsonWriter& out, size_t index) const {
  const DeviceSetup& device = setup.devices[index];
  const DeviceState& known = state.devices[index];
  out.key("device").string(device.id).key("role").string(lamplight::name_of(device.role));
  out.key("port").string(device.port);
  out.key("link").string(!known.link_known ? "unknown" : (known.link_up ? "up" : "down"));
  out.key("link_why").string(known.link_why);
  out.key("since_ms").integer(known.link_since.ns / 1'000'000);
  write_label(out, "since", state.wall.at(known.link_since));
  out.key("last_error").string(known.last_error);
  out.key("refused").boolean(known.refused).key("failing").boolean(known.failing);
  out.key("flooding").boolean(known.flooding);
  out.key("identity").begin_object();
  for (const auto& [name, value] : known.identity) out.key(name).string(value);
  out.end_object().key("notes").begin_array();
  for (const auto& [name, text] : known.notes) out.string(name);
  out.end_array().key("samples").integer(static_cast<int64_t>(known.samples));
  out.key("samples_lost").integer(static_cast<int64_t>(known.lost_total));
  out.key("frames_good").integer(static_cast<int64_t>(known.frames_good));
  out.key("frames_bad").integer(static_cast<int64_t>(known.frames_bad));
  out.key("bytes_skipped").integer(static_cast<int64_t>(known.bytes_skipped));
}

std::string Core::Parts::device(size_t index, MonoTime now) {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  write_device(out, index);
  out.end_object();
  return text;
}

std::string Core::Parts::readout_status(MonoTime now) const {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("version").string(setup.version).key("rules").string(program.name);
  out.key("rules_version").integer(program.rules_version);
  out.key("plan_version").integer(program.plan_version).key("program").string(hex(program.hash()));
  out.key("watching_ms").integer((now - state.since).ms());
  out.key("broker").string(!setup.has_broker ? "none" : (state.uplink_up ? "up" : "down"));
  out.key("record").string(state.store_failing       ? "failing"
                           : state.store_stalled     ? "stalled"
                           : !state.disk_low.empty() ? "dropping"
                                                     : "ok");
  if (!state.disk_low.empty()) out.key("disk").string(state.disk_low);
  out.key("lanes").begin_object();
  for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave}) {
    out.key(lamplight::name_of(lane)).begin_object();
    out.key("newest").integer(static_cast<int64_t>(outbox.newest(lane)));
    out.key("durable").integer(static_cast<int64_t>(outbox.durable_seq(lane)));
    out.key("published").integer(static_cast<int64_t>(outbox.broker_seq(lane)));
    out.key("stored").integer(static_cast<int64_t>(outbox.stored_seq(lane))).end_object();
  }
  out.end_object();
  size_t open = 0;
  size_t audible = 0;
  size_t paused = 0;
  size_t inhibited = 0;
  for (engine::AlarmIndex i = 0; engine && i < engine->alarm_count(); ++i) {
    const engine::AlarmView view = engine->view(i);
    open += view.condition != engine::ConditionState::idle ? 1U : 0U;
    audible += view.audible ? 1U : 0U;
    paused += view.paused ? 1U : 0U;
    inhibited += view.inhibited ? 1U : 0U;
  }
  out.key("open").integer(static_cast<int64_t>(open));
  out.key("audible").integer(static_cast<int64_t>(audible));
  out.key("paused").integer(static_cast<int64_t>(paused));
  out.key("inhibited").integer(static_cast<int64_t>(inhibited));
  if (engine) {
    const engine::EngineCounters& c = engine->counters();
    out.key("samples").integer(static_cast<int64_t>(c.samples));
    out.key("samples_late").integer(static_cast<int64_t>(c.late));
  }
  out.key("notice").string("Secondary notification; stay within hearing of the bedside devices.");
  out.end_object();
  return text;
}

std::string Core::Parts::readout_alarms(MonoTime now, bool names) const {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("alarms").begin_array();
  for (engine::AlarmIndex i = 0; engine && i < engine->alarm_count(); ++i) {
    const engine::AlarmView view = engine->view(i);
    const bool marked = view.signal == engine::SignalState::marked;
    if (view.condition != engine::ConditionState::idle || marked) write_alarm(out, i, now, names);
  }
  out.end_array().key("forming").begin_array();
  for (engine::AlarmIndex i = 0; engine && i < engine->alarm_count(); ++i) {
    if (engine->view(i).forming) out.string(engine->alarm(i).id);
  }
  out.end_array();
  if (engine) write_standing(out, now, names);
  out.end_object();
  return text;
}

// What was ok is not ok for ever: older than its rule allows (of signals that no rule reads: than
// its device may be silent), nobody knows the value any more.
Sample Core::Parts::as_of(MonoTime now, SignalId id, Sample sample) const {
  const auto declared = program.find_signal(path_of(id));
  const Duration limit =
      declared ? program.signals[*declared].stale : engine::silence_limit(signal_info(id).role);
  if (sample.quality != Quality::missing && now - sample.measured_at > limit) {
    sample.quality = Quality::missing;
    sample.reason = Reason::stale;
  }
  return sample;
}

std::string Core::Parts::readout_vitals(MonoTime now) const {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("vitals").begin_array();
  for (size_t i = 0; i < setup.devices.size(); ++i) {
    for (const auto& [id, last] : newest[i]) {
      const SignalInfo& info = signal_info(id);
      const Sample sample = as_of(now, id, last);
      out.begin_object().key("device").string(setup.devices[i].id);
      out.key("signal").string(path_of(id)).key("value");
      write_value(out, info, sample);
      out.key("unit").string(info.unit);
      out.key("quality").string(lamplight::name_of(sample.quality));
      if (sample.reason != Reason::none) {
        out.key("reason").string(lamplight::name_of(sample.reason));
      }
      out.key("age_ms").integer(std::max<int64_t>(0, (now - sample.measured_at).ms()));
      out.end_object();
    }
  }
  out.end_array().end_object();
  return text;
}

std::string Core::Parts::readout_devices(MonoTime now) const {
  std::string text;
  JsonWriter out(text);
  write_document_head(out, now);
  out.key("devices").begin_array();
  for (size_t i = 0; i < setup.devices.size(); ++i) {
    out.begin_object();
    write_device(out, i);
    out.end_object();
  }
  out.end_array().end_object();
  return text;
}

std::string Core::Parts::last_will() const {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("v").integer(1).key("home").string(setup.home);
  out.key("boot").string(setup.boot).key("store_id").string(recorder.store_id());
  out.key("state").string("offline").end_object();
  return text;
}

}  // namespace lamplight::core
