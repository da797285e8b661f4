#include "drivers/masimo/decoder.h"

#include <charconv>
#include <string>

#include "drivers/masimo/bits.h"
#include "drivers/sdk/signals.h"

namespace lamplight::masimo {
namespace {

using sdk::Reading;

// The clock counts seconds and a line comes each second, some models several: only a clock that
// missed three seconds of ours has stopped.
constexpr Duration kFrozenAfter = seconds(3);
constexpr Reading kStale = Reading::missing(Reason::stale);

Reading reading_of(const Field& field, const Bits& exc) {
  // Dashes for EXC: the device does not say whether its values are any.
  if (!exc.bits) return Reading::missing(Reason::device_fault);
  const Reason reason = reason_without_value(*exc.bits);
  if (reason != Reason::none) return Reading::missing(reason);
  const bool doubted = is_doubted(*exc.bits);
  if (!field.number) return Reading::missing(doubted ? Reason::artefact : Reason::searching);
  // The display's lowest values are above 0; other forms of this device print missing as 0.
  if (*field.number == 0) return Reading::missing(Reason::out_of_range);
  return doubted ? Reading::low(*field.number) : Reading::ok(*field.number);
}

Reading switch_of(const Bits& alarm, const Bits& exc, const Named& named) {
  const bool is_present =
      (alarm.bits.value_or(0) & named.alarm) != 0 || (exc.bits.value_or(0) & named.exc) != 0;
  if (is_present) return Reading::ok(1);
  const bool is_unknown = (named.alarm != 0 && !alarm.bits) || (named.exc != 0 && !exc.bits);
  return is_unknown ? Reading::missing(Reason::device_fault) : Reading::ok(0);
}

// Bits without a meaning, as text for people: "0x4000".
void note_unknown_bits(std::string_view name, uint32_t bits, sdk::Sink& sink) {
  char text[2 + 8] = {'0', 'x'};
  const char* const end = std::to_chars(text + 2, text + sizeof text, bits, 16).ptr;
  sink.fact({.kind = sdk::FactKind::note,
             .name = name,
             .text = bits == 0 ? std::string_view() : std::string_view(text, end),
             .present = bits != 0});
}

}  // namespace

Decoder::Decoder()
    : spo2_(sdk::signal(Role::oximeter, "spo2")),
      pulse_(sdk::signal(Role::oximeter, "pulse")),
      perfusion_(sdk::signal(Role::oximeter, "perfusion")),
      silenced_(sdk::signal(Role::oximeter, "silenced")),
      data_frozen_(sdk::signal(Role::oximeter, "alarm.data_frozen")),
      clock_(kFrozenAfter) {
  for (const Named& named : conditions()) {
    conditions_.push_back(sdk::signal(Role::oximeter, "alarm." + std::string(named.name)));
  }
}

sdk::LineVerdict Decoder::on_line(std::string_view text, MonoTime at, sdk::Sink& sink) {
  if (is_first_line()) clock_.begin();
  const auto line = parse_line(text);
  if (!line) {
    // The port was opened in the middle of a line: no error of the device or the cable.
    const bool is_partial = is_first_line() && !begins_with_time(text);
    return is_partial ? sdk::LineVerdict::no_data : sdk::LineVerdict::bad;
  }
  sink.frame(at);
  const bool is_frozen = clock_.has_stopped(line->clock, at);
  publish(*line, is_frozen, sink);
  publish_conditions(*line, is_frozen, sink);
  publish_notes(*line, is_frozen, sink);
  return sdk::LineVerdict::good;
}

void Decoder::publish(const Line& line, bool is_frozen, sdk::Sink& sink) const {
  // Who it is comes first: readings of another device than the enrolled one are not used.
  if (!line.serial.empty()) {
    sink.fact({.kind = sdk::FactKind::identity, .name = "serial", .text = line.serial});
  }
  const auto tell = [&](SignalId signal, const Field& field) {
    sink.sample(signal, is_frozen ? kStale : reading_of(field, line.exc));
  };
  tell(spo2_, line.spo2);
  tell(pulse_, line.pulse);
  if (line.perfusion.is_there) tell(perfusion_, line.perfusion);
}

void Decoder::publish_conditions(const Line& line, bool is_frozen, sdk::Sink& sink) const {
  const auto tell = [&](SignalId signal, const Named& named) {
    sink.sample(signal, is_frozen ? kStale : switch_of(line.alarm, line.exc, named));
  };
  for (size_t i = 0; i < conditions_.size(); ++i) tell(conditions_[i], conditions()[i]);
  tell(silenced_, {"silenced", kAlarmSilenced, 0});
  // No bit of the line says it. Values that do not change say nothing either: a child who sleeps
  // shows the same digits for minutes. The clock alone tells.
  sink.sample(data_frozen_, Reading::ok(is_frozen ? 1 : 0));
}

void Decoder::publish_notes(const Line& line, bool is_frozen, sdk::Sink& sink) const {
  sink.fact({.kind = sdk::FactKind::note,
             .name = "frozen",
             .text = is_frozen ? "the device's snapshot has stopped moving" : std::string_view(),
             .present = is_frozen});
  const uint32_t alarm = line.alarm.bits.value_or(0);
  const uint32_t exc = line.exc.bits.value_or(0);
  for (const Named& named : notes()) {
    const bool is_present = (alarm & named.alarm) != 0 || (exc & named.exc) != 0;
    sink.fact({.kind = sdk::FactKind::note, .name = named.name, .present = is_present});
  }
  note_unknown_bits("alarm_reserved", alarm & kAlarmReserved, sink);
  note_unknown_bits("exc_reserved", exc & kExcReserved, sink);
  note_unknown_bits("exc1", line.exc1.bits.value_or(0), sink);
}

}  // namespace lamplight::masimo
