#include "drivers/nellcor/decoder.h"

#include <algorithm>

#include "drivers/nellcor/codes.h"
#include "drivers/sdk/signals.h"

namespace lamplight::nellcor {
namespace {

using sdk::FactKind;
using sdk::LineVerdict;
using sdk::Reading;

// The clock counts seconds and a line comes every two: a clock that missed five of ours has
// stopped.
constexpr Duration kFrozenAfter = seconds(5);

SignalId oximeter(std::string_view name) { return sdk::signal(Role::oximeter, name); }

// All codes of a line taken together.
struct Status {
  Reason reason = Reason::none;
  bool is_doubted = false;
  bool is_silenced = false;
  std::string unknown;  // "XX YY"
};

bool says(const Line& line, std::string_view letters) {
  return std::ranges::find(line.all_codes(), letters) != line.all_codes().end();
}

Status status_of(const Line& line) {
  Status status;
  for (const Code& code : codes()) {
    if (!says(line, code.letters)) continue;
    if (status.reason == Reason::none) status.reason = code.reason;
    status.is_doubted = status.is_doubted || code.doubts;
    status.is_silenced = status.is_silenced || code.silences;
  }
  for (const std::string_view letters : line.all_codes()) {
    if (find_code(letters) != nullptr) continue;
    if (!status.unknown.empty()) status.unknown += ' ';
    status.unknown += letters;
    status.is_doubted = true;
  }
  return status;
}

Reading reading_of(const Field& field, const Status& status) {
  if (status.reason != Reason::none) return Reading::missing(status.reason);
  if (!field.number) {
    return Reading::missing(status.is_doubted ? Reason::artefact : Reason::searching);
  }
  // A zero is what it shows when it has lost the pulse, never a vital sign.
  if (*field.number == 0) return Reading::missing(Reason::out_of_range);
  const int32_t tenths = *field.number * 10;
  return status.is_doubted ? Reading::low(tenths) : Reading::ok(tenths);
}

// The mark without the code that says which limit: an alarm all the same.
bool has_nameless_mark(const Line& line) {
  const bool spo2 = line.spo2.is_marked && !says(line, "SH") && !says(line, "SL");
  const bool pulse = line.pulse.is_marked && !says(line, "PH") && !says(line, "PL");
  return spo2 || pulse;
}

void note(std::string_view name, std::string_view text, bool is_present, sdk::Sink& sink) {
  sink.fact({.kind = FactKind::note, .name = name, .text = text, .present = is_present});
}

}  // namespace

Decoder::Decoder()
    : spo2_(oximeter("spo2")),
      pulse_(oximeter("pulse")),
      silenced_(oximeter("silenced")),
      other_(oximeter("alarm.other")),
      data_frozen_(oximeter("alarm.data_frozen")),
      clock_(kFrozenAfter) {
  for (const Code& code : codes()) {
    const auto known = std::ranges::find(conditions_, code.condition, &Condition::name);
    if (code.condition.empty() || known != conditions_.end()) continue;
    conditions_.push_back({code.condition, oximeter("alarm." + std::string(code.condition))});
  }
}

LineVerdict Decoder::on_line(std::string_view text, MonoTime at, sdk::Sink& sink) {
  if (is_first_line()) clock_.begin();
  const auto line = parse_line(text);
  if (!line) {
    Heading heading;
    if (parse_heading(text, heading)) {
      remember(heading);
      return LineVerdict::no_data;
    }
    // The port was opened in the middle of a line: no error of the device or the cable.
    return is_first_line() && !begins_with_time(text) ? LineVerdict::no_data : LineVerdict::bad;
  }
  sink.frame(at);
  publish_heading(sink);
  publish(*line, clock_.has_stopped(line->clock, at), sink);
  return LineVerdict::good;
}

void Decoder::remember(const Heading& heading) {
  if (heading.model.empty()) return;
  model_ = heading.model;
  firmware_ = heading.firmware;
  spo2_limits_ = heading.spo2_limits;
  pulse_limits_ = heading.pulse_limits;
}

void Decoder::publish_heading(sdk::Sink& sink) const {
  if (model_.empty()) return;
  sink.fact({.kind = FactKind::identity, .name = "model", .text = model_});
  sink.fact({.kind = FactKind::identity, .name = "firmware", .text = firmware_});
  note("spo2_limits", spo2_limits_, !spo2_limits_.empty(), sink);
  note("pulse_limits", pulse_limits_, !pulse_limits_.empty(), sink);
}

void Decoder::publish(const Line& line, bool is_frozen, sdk::Sink& sink) const {
  const Status status = status_of(line);
  const auto tell = [&](SignalId signal, Reading reading) {
    sink.sample(signal, is_frozen ? Reading::missing(Reason::stale) : reading);
  };
  tell(spo2_, reading_of(line.spo2, status));
  tell(pulse_, reading_of(line.pulse, status));
  for (const Condition& condition : conditions_) {
    const auto is_it = [&](const Code& code) {
      return code.condition == condition.name && says(line, code.letters);
    };
    tell(condition.signal, Reading::ok(std::ranges::any_of(codes(), is_it) ? 1 : 0));
  }
  const bool has_mark = has_nameless_mark(line);
  tell(other_, Reading::ok(has_mark || !status.unknown.empty() ? 1 : 0));
  tell(silenced_, Reading::ok(status.is_silenced ? 1 : 0));
  // No code says it, and values that stay the same are a child who sleeps: the clock alone tells.
  sink.sample(data_frozen_, Reading::ok(is_frozen ? 1 : 0));
  note("frozen", is_frozen ? "the device's snapshot has stopped moving" : "", is_frozen, sink);
  note("limit_violated", {}, has_mark, sink);
  note("alarms_off", {}, says(line, "AO"), sink);
  note("unknown_status", status.unknown, !status.unknown.empty(), sink);
}

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids;
  for (const char* name : {"spo2", "pulse", "silenced", "alarm.other", "alarm.data_frozen"}) {
    ids.push_back(oximeter(name));
  }
  for (const Code& code : codes()) {
    if (!code.condition.empty()) ids.push_back(oximeter("alarm." + std::string(code.condition)));
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

}  // namespace lamplight::nellcor
