#include "drivers/sdk/decode_report.h"

#include <string_view>

#include "rules/model/catalogue.h"
#include "rules/model/json_writer.h"

namespace lamplight::sdk {
namespace {

constexpr std::string_view kConditionPrefix = "alarm.";

}  // namespace

DecodeReport::DecodeReport(std::string& out) : out_(out), last_(catalogue().size(), -1) {}

void DecodeReport::frame(MonoTime) { ++frame_; }

void DecodeReport::sample(SignalId signal, Reading reading) {
  switch (signal_info(signal).kind) {
    case SignalKind::numeric:
    case SignalKind::waveform:
      number_line(signal, reading);
      return;
    case SignalKind::boolean:
      if (!reading.is_missing()) switch_line(signal, reading.value() != 0);
      return;
    case SignalKind::enumeration:
      if (!reading.is_missing()) state_line(signal, reading.value());
      return;
  }
}

void DecodeReport::number_line(SignalId signal, Reading reading) {
  const SignalInfo& info = signal_info(signal);
  JsonWriter json(out_);
  json.begin_object().key("frame").integer(static_cast<int64_t>(frame_));
  json.key("signal").string(info.name).key("value");
  if (reading.is_missing()) {
    json.null();
  } else {
    json.decimal(reading.value(), info.decimals).key("unit").string(info.unit);
  }
  json.key("quality").string(name_of(reading.quality()));
  if (reading.is_missing()) json.key("reason").string(name_of(reading.reason()));
  json.end_object();
  out_ += '\n';
}

void DecodeReport::switch_line(SignalId signal, bool present) {
  const int32_t before = last_[signal];
  // Never said and not there: no news.
  if (before == (present ? 1 : 0) || (before < 0 && !present)) return;
  last_[signal] = present ? 1 : 0;
  std::string_view name = signal_info(signal).name;
  JsonWriter json(out_);
  json.begin_object().key("frame").integer(static_cast<int64_t>(frame_)).key("fact");
  if (name.starts_with(kConditionPrefix)) {
    json.string("alarm").key("name").string(name.substr(kConditionPrefix.size()));
  } else if (name == "silenced") {
    json.string("silenced");
  } else {
    json.string("note").key("name").string(name);
  }
  json.key("present").boolean(present).end_object();
  out_ += '\n';
}

void DecodeReport::state_line(SignalId signal, int32_t value) {
  if (last_[signal] == value) return;
  last_[signal] = value;
  JsonWriter json(out_);
  json.begin_object().key("frame").integer(static_cast<int64_t>(frame_));
  json.key("fact").string("state").key("name");
  json.string(signal_info(signal).enumerators[static_cast<size_t>(value)]).end_object();
  out_ += '\n';
}

void DecodeReport::fact(const Fact& fact) {
  if (!facts_.is_news(fact)) return;
  JsonWriter json(out_);
  json.begin_object().key("frame").integer(static_cast<int64_t>(frame_));
  json.key("fact").string(name_of(fact.kind)).key("name").string(fact.name);
  if (!fact.text.empty()) json.key("text").string(fact.text);
  if (fact.present) json.key("present").boolean(*fact.present);
  json.end_object();
  out_ += '\n';
}

void DecodeReport::totals(const Counters& counters) {
  JsonWriter json(out_);
  json.begin_object();
  json.key("frames_good").integer(static_cast<int64_t>(counters.frames_good));
  json.key("frames_bad").integer(static_cast<int64_t>(counters.frames_bad));
  json.key("bytes_skipped").integer(static_cast<int64_t>(counters.bytes_skipped));
  json.end_object();
  out_ += '\n';
}

}  // namespace lamplight::sdk
