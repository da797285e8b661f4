#include "gateway/core/batch_body.h"

#include <algorithm>
#include <vector>

#include "gateway/core/nomenclature.h"
#include "rules/model/catalogue.h"

namespace lamplight::core {
namespace {

using store::BatchSample;
using Column = std::span<const BatchSample* const>;

int64_t ms_of(MonoTime t) { return t.ns / 1'000'000; }

void write_names(JsonWriter& out, SignalId id, std::string_view device) {
  const SignalInfo& info = signal_info(id);
  out.key("device").string(device).key("signal").string(path_of(id));
  if (const Code* code = code_of(id)) {
    out.key("ref").string(code->reference).key("code").integer(code->number);
    if (!code->loinc.empty()) out.key("loinc").string(code->loinc);
  } else {
    out.key("ref").string(urn_of(id));
  }
  if (const auto unit = ucum_of(id); !unit.empty()) out.key("unit").string(unit);
  if (info.kind == SignalKind::numeric || info.kind == SignalKind::waveform) {
    out.key("step").decimal(1, info.decimals);
  }
}

// [[first index, count, "reason"], …] for the runs that are missing.
void write_reasons(JsonWriter& out, Column column) {
  out.key("reasons").begin_array();
  for (size_t i = 0; i < column.size();) {
    const Reason reason = column[i]->sample.reason;
    size_t end = i + 1;
    while (end < column.size() && column[end]->sample.reason == reason) ++end;
    if (reason != Reason::none) {
      out.begin_array().integer(static_cast<int64_t>(i)).integer(static_cast<int64_t>(end - i));
      out.string(name_of(reason)).end_array();
    }
    i = end;
  }
  out.end_array();
}

void write_column(JsonWriter& out, Column column, std::string_view device, MonoTime t) {
  const SignalInfo& info = signal_info(column.front()->sample.signal);
  out.begin_object();
  write_names(out, column.front()->sample.signal, device);
  MonoTime newest = column.front()->sample.measured_at;
  for (const BatchSample* s : column) newest = std::max(newest, s->sample.measured_at);
  // Differences of whole milliseconds: adding them up gives each instant without drift.
  int64_t before = ms_of(column.front()->sample.measured_at);
  out.key("t0_ms").integer(before);
  out.key("age_ms").integer(std::max<int64_t>(0, ms_of(t) - ms_of(newest)));
  out.key("dt_ms").begin_array();
  for (const BatchSample* s : column) {
    const int64_t at = ms_of(s->sample.measured_at);
    out.integer(at - before);
    before = at;
  }
  out.end_array().key("value").begin_array();
  for (const BatchSample* s : column) write_value(out, info, s->sample);
  out.end_array().key("quality").begin_array();
  for (const BatchSample* s : column) out.integer(static_cast<int64_t>(s->sample.quality));
  out.end_array();
  write_reasons(out, column);
  out.end_object();
}

}  // namespace

void write_value(JsonWriter& out, const SignalInfo& info, const Sample& s) {
  if (s.quality == Quality::missing) {
    out.null();
    return;
  }
  switch (info.kind) {
    case SignalKind::numeric:
    case SignalKind::waveform:
      out.decimal(s.value, info.decimals);
      return;
    case SignalKind::boolean:
      out.boolean(s.value != 0);
      return;
    case SignalKind::enumeration:
      if (s.value >= 0 && static_cast<size_t>(s.value) < info.enumerators.size()) {
        out.string(info.enumerators[static_cast<size_t>(s.value)]);
      } else {
        out.integer(s.value);
      }
      return;
  }
}

std::string batch_body(const Head& head, std::span<const BatchSample> samples,
                       std::span<const DeviceSetup> devices) {
  std::vector<const BatchSample*> order;
  order.reserve(samples.size());
  for (const BatchSample& s : samples) {
    const bool known = s.device >= 1 && s.device <= devices.size();
    if (known && s.sample.signal < catalogue().size()) order.push_back(&s);
  }
  const auto key = [](const BatchSample* s) {
    return static_cast<uint32_t>(s->device) << 16 | s->sample.signal;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  std::string text;
  text.reserve(512 + samples.size() * 12);
  JsonWriter out(text);
  begin_body(out, head);
  out.key("count").integer(static_cast<int64_t>(order.size()));
  out.key("signals").begin_array();
  for (size_t i = 0; i < order.size();) {
    size_t end = i + 1;
    while (end < order.size() && key(order[end]) == key(order[i])) ++end;
    write_column(out, Column(order).subspan(i, end - i), devices[order[i]->device - 1u].id, head.t);
    i = end;
  }
  out.end_array().end_object();
  return text;
}

size_t payload_bytes(const Sample& sample) {
  // dt, quality and commas; the value's digits, sign and point; words of an enumeration.
  size_t bytes = 8;
  const SignalKind kind = signal_info(sample.signal).kind;
  if (kind == SignalKind::enumeration || kind == SignalKind::boolean) return bytes + 14;
  for (int32_t rest = sample.value; rest != 0; rest /= 10) ++bytes;
  return bytes + 3;
}

}  // namespace lamplight::core
