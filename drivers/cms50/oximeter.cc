#include "drivers/cms50/oximeter.h"

#include <string>

#include "drivers/sdk/signals.h"

namespace lamplight::cms50 {
namespace {

using sdk::Reading;

SignalId oximeter(std::string_view name) { return sdk::signal(Role::oximeter, name); }

Reason reason_of(const Packet& packet) {
  if (packet.has_probe_error) return Reason::probe_off;
  if (packet.is_searching || packet.searches_too_long) return Reason::searching;
  return Reason::none;
}

// `steps`: of the catalogue in one of the device's.
Reading reading_of(int raw, int missing, int steps, Reason reason) {
  if (reason != Reason::none) return Reading::missing(reason);
  if (raw == missing) return Reading::missing(Reason::searching);
  if (raw == 0) return Reading::missing(Reason::out_of_range);
  return Reading::ok(raw * steps);
}

}  // namespace

bool is_possible(const Packet& packet) {
  const int perfusion = packet.perfusion.value_or(0);
  return (packet.spo2 <= 100 || packet.spo2 == kSpo2Missing) &&
         (perfusion <= kPerfusionMax || perfusion == kPerfusionMissing);
}

Signals::Signals(std::string_view low_condition)
    : spo2(oximeter("spo2")),
      pulse(oximeter("pulse")),
      perfusion(oximeter("perfusion")),
      pleth(oximeter("pleth")),
      probe_off(oximeter("alarm.probe_off")),
      searching(oximeter("alarm.searching")),
      low(oximeter("alarm." + std::string(low_condition))) {}

void publish(const Packet& packet, const Signals& signals, sdk::Sink& sink) {
  const Reason reason = reason_of(packet);
  sink.sample(signals.spo2, reading_of(packet.spo2, kSpo2Missing, 10, reason));
  sink.sample(signals.pulse, reading_of(packet.pulse, kPulseMissing, 10, reason));
  if (packet.perfusion) {
    const Reading perfusion = reading_of(*packet.perfusion, kPerfusionMissing, 1, reason);
    const bool is_unsupplied = reason == Reason::none && *packet.perfusion == kPerfusionMissing;
    sink.sample(signals.perfusion, is_unsupplied ? Reading::missing(Reason::stale) : perfusion);
  }
  sink.sample(signals.pleth,
              reason == Reason::none ? Reading::ok(packet.pleth) : Reading::missing(reason));
  const bool searches = packet.is_searching || packet.searches_too_long;
  sink.sample(signals.probe_off, Reading::ok(packet.has_probe_error ? 1 : 0));
  sink.sample(signals.searching, Reading::ok(searches ? 1 : 0));
  sink.sample(signals.low, Reading::ok(packet.is_low ? 1 : 0));
  sink.fact({.kind = sdk::FactKind::note,
             .name = "searching_too_long",
             .present = packet.searches_too_long});
}

}  // namespace lamplight::cms50
