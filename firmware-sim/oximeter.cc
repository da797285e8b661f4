#include "firmware-sim/oximeter.h"

#include <algorithm>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

// The simulated bedside's own limits: default low saturation 85 % and a child's pulse 75 to 160
// (alarm design, section 12).
constexpr int32_t kSpo2Low = 85;
constexpr int32_t kPulseLow = 75;
constexpr int32_t kPulseHigh = 160;

}  // namespace

Oximeter::Oximeter(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet,
                   int64_t per_second, Duration alarm_delay)
    : Device(std::move(setup), patient, truth, outlet),
      per_second_(per_second),
      origin_(setup_.started),
      next_(origin_),
      spo2_low_(alarm_delay),
      pulse_low_(alarm_delay),
      pulse_high_(alarm_delay) {}

void Oximeter::set_rate(int64_t per_second, MonoTime now) {
  per_second_ = per_second;
  origin_ = now;
  sent_ = 0;
  next_ = now + frame_period();
}

const std::vector<Fault>& Oximeter::stream_faults() {
  static const std::vector<Fault> kFaults = {
      Fault::silence, Fault::truncate,    Fault::garble, Fault::frozen,    Fault::late,
      Fault::babble,  Fault::stale_reply, Fault::slow,   Fault::restart,   Fault::clock_jump,
      Fault::drop,    Fault::duplicate,   Fault::stuck,  Fault::wrong_baud};
  return kFaults;
}

void Oximeter::own_tick(MonoTime now) {
  send_frame(now);
  // n * 1 s / rate from the origin: 75 frames a second are exactly 75.
  const int64_t due = (now - origin_).ns * per_second_ / 1'000'000'000;
  sent_ = std::max(sent_ + 1, due);  // a stalled simulator skips, it does not catch up
  next_ = origin_ + Duration{(sent_ * 1'000'000'000 + per_second_ - 1) / per_second_};
}

void Oximeter::power_up(MonoTime now) { set_rate(per_second_, now); }

bool Oximeter::has(std::string_view condition) const {
  const auto& known = abilities().conditions;
  return std::find(known.begin(), known.end(), condition) != known.end();
}

std::optional<int32_t> Oximeter::measured(SignalId signal, MonoTime) const {
  const std::string_view n = signal_info(signal).name;
  if (n == "spo2") return patient_.spo2();
  if (n == "pulse") return patient_.pulse();
  if (n == "perfusion") return patient_.perfusion();
  return std::nullopt;
}

OximeterReading Oximeter::read(MonoTime now) {
  if (is_frozen()) return last_;
  const auto said = [&](std::string_view name) {
    return is_present(id_of(Role::oximeter, std::string("alarm.") + std::string(name)));
  };
  decide_events(now);
  OximeterReading r;
  r.spo2 = reading(id_of(Role::oximeter, "spo2"), now).value_or(0);
  r.pulse = reading(id_of(Role::oximeter, "pulse"), now).value_or(0);
  r.perfusion = reading(id_of(Role::oximeter, "perfusion"), now).value_or(0);
  if (said("probe_off") || said("probe_disconnected")) {
    r.missing = Reason::probe_off;
  } else if (said("probe_fault") || said("probe_unsupported")) {
    r.missing = Reason::device_fault;
  } else if (said("searching")) {
    r.missing = Reason::searching;
  }
  r.is_doubted =
      said("interference") || said("perfusion_low") || said("poor_signal") || said("artefact");
  disturb(r, now);
  judge_limits(r, now);
  last_ = r;
  return r;
}

OximeterReading Oximeter::within(OximeterReading r, int32_t pulse_max, int32_t perfusion_max) {
  r.pulse = std::min(r.pulse, pulse_max);
  r.perfusion = std::min(r.perfusion, perfusion_max);
  return r;
}

// What it sees of a child that moves or of a probe that sits badly, in the first word it has for
// it.
void Oximeter::decide_events(MonoTime now) {
  const auto say = [&](std::initializer_list<std::string_view> words, PatientEvent event) {
    for (const std::string_view word : words) {
      if (!has(word)) continue;
      decide(id_of(Role::oximeter, "alarm." + std::string(word)), patient_.has(event), now);
      return;
    }
  };
  say({"artefact", "interference"}, PatientEvent::seizure);
  say({"perfusion_low", "poor_signal"}, PatientEvent::probe_displaced);
  say({"mains_lost"}, PatientEvent::power_cut);
}

void Oximeter::disturb(OximeterReading& r, MonoTime now) {
  const auto is_dictated = [&](std::string_view signal) {
    return bedside_.dictated(id_of(Role::oximeter, signal), now).has_value();
  };
  int32_t lower = 0;
  if (patient_.has(PatientEvent::seizure)) lower = static_cast<int32_t>(random_.between(0, 120));
  if (patient_.has(PatientEvent::probe_displaced)) {
    lower += 70;
    if (!is_dictated("perfusion")) r.perfusion = 30;
  }
  if (lower == 0) return;
  r.is_doubted = true;
  if (!is_dictated("spo2")) r.spo2 = std::max(r.spo2 - lower, 400);
}

int64_t Oximeter::displayed_clock(MonoTime now) {
  if (!is_frozen() || last_clock_ == 0) last_clock_ = device_clock(now);
  return last_clock_;
}

void Oximeter::judge_limits(const OximeterReading& r, MonoTime now) {
  const bool valid = r.missing == Reason::none;
  const auto judge = [&](std::string_view name, SelfAlarm& alarm, bool crossed) {
    if (!has(name)) return;
    decide(id_of(Role::oximeter, std::string("alarm.") + std::string(name)),
           alarm.judge(now, valid && crossed), now);
  };
  judge("spo2_low", spo2_low_, whole_from_tenths(r.spo2) < kSpo2Low);
  judge("pulse_low", pulse_low_, whole_from_tenths(r.pulse) < kPulseLow);
  judge("pulse_high", pulse_high_, whole_from_tenths(r.pulse) > kPulseHigh);
}

void Oximeter::append_values(std::string& facts, const OximeterReading& r, bool with_perfusion) {
  std::string text;
  JsonWriter w(text);
  w.key("values").begin_object();
  if (r.missing == Reason::none) {
    w.key("spo2").integer(whole_from_tenths(r.spo2));
    w.key("pulse").integer(whole_from_tenths(r.pulse));
    if (with_perfusion) w.key("perfusion").decimal(r.perfusion, 2);
  } else {
    w.key("spo2").null().key("pulse").null();
    if (with_perfusion) w.key("perfusion").null();
  }
  w.end_object();
  if (r.missing != Reason::none) w.key("reason").string(name_of(r.missing));
  if (r.missing == Reason::none && r.is_doubted) w.key("quality").string("low");
  if (!facts.empty()) facts += ',';
  facts += text;
}

}  // namespace lamplight::sim
