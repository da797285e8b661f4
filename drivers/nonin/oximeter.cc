#include "drivers/nonin/oximeter.h"

#include "drivers/sdk/signals.h"

namespace lamplight::nonin {
namespace {

using sdk::Reading;

struct Range {
  int missing;
  int min;
  int max;
};

SignalId oximeter_signal(std::string_view name) { return sdk::signal(Role::oximeter, name); }

Reading judge(int raw, Range range, const Status& status) {
  // A number beside "sensor off" is not a reading.
  if (status.probe_disconnected || status.probe_off) return Reading::missing(Reason::probe_off);
  const bool is_disturbed = status.out_of_track || status.artefact;
  if (raw == range.missing) {
    return Reading::missing(is_disturbed ? Reason::artefact : Reason::searching);
  }
  if (status.holds_values && status.out_of_track) return Reading::missing(Reason::artefact);
  if (raw < range.min || raw > range.max) return Reading::missing(Reason::out_of_range);
  const int32_t tenths = raw * 10;
  return is_disturbed || status.perfusion_low ? Reading::low(tenths) : Reading::ok(tenths);
}

}  // namespace

Reading pulse_reading(int raw, const Status& status) {
  return judge(raw, {kPulseMissing, kPulseMin, kPulseMax}, status);
}

Reading spo2_reading(int raw, const Status& status) {
  return judge(raw, {kSpo2Missing, 1, kSpo2Max}, status);
}

Reading pleth_reading(int raw, const Status& status) {
  if (status.probe_disconnected || status.probe_off) return Reading::missing(Reason::probe_off);
  return status.out_of_track || status.artefact ? Reading::low(raw) : Reading::ok(raw);
}

Signals::Signals()
    : spo2(oximeter_signal("spo2")),
      pulse(oximeter_signal("pulse")),
      pleth(oximeter_signal("pleth")),
      probe_off(oximeter_signal("alarm.probe_off")),
      probe_disconnected(oximeter_signal("alarm.probe_disconnected")),
      artefact(oximeter_signal("alarm.artefact")),
      perfusion_low(oximeter_signal("alarm.perfusion_low")),
      low_battery(oximeter_signal("alarm.low_battery")),
      dead_battery(oximeter_signal("alarm.dead_battery")) {}

void publish_status(const Signals& signals, const Status& status, sdk::Sink& sink) {
  publish_switch(signals.probe_off, status.probe_off, sink);
  publish_switch(signals.probe_disconnected, status.probe_disconnected, sink);
  publish_switch(signals.artefact, status.artefact || status.out_of_track, sink);
  publish_switch(signals.perfusion_low, status.perfusion_low, sink);
}

void publish_switch(SignalId signal, bool present, sdk::Sink& sink) {
  sink.sample(signal, Reading::ok(present ? 1 : 0));
}

void publish_note(std::string_view name, bool present, sdk::Sink& sink) {
  sink.fact({.kind = sdk::FactKind::note, .name = name, .present = present});
}

}  // namespace lamplight::nonin
