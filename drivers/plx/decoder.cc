#include "drivers/plx/decoder.h"

#include <optional>
#include <string>

#include "drivers/plx/sfloat.h"
#include "drivers/sdk/signals.h"

namespace lamplight::plx {
namespace {

using sdk::Reading;

constexpr uint8_t kReservedFlags = 0xE0;  // of both characteristics
constexpr uint8_t kBit0 = 1, kBit1 = 2, kBit2 = 4, kBit3 = 8, kBit4 = 16;
constexpr size_t kPair = 4, kTimeStamp = 7, kMeasurementBytes = 2, kSensorBytes = 3, kPaiBytes = 2;
constexpr int32_t kSpo2Max = 1000, kPulseMax = 3210, kPerfusionMax = 2200;

SignalId oximeter(std::string_view name) { return sdk::signal(Role::oximeter, name); }

uint16_t word_at(sdk::Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

// What a value's flags say is in it, and where. Places of 0 are not there.
struct Layout {
  size_t measurement = 0, sensor = 0, amplitude = 0;
  size_t length = 0;
};

Layout layout_of(Characteristic characteristic, uint8_t flags) {
  const bool is_continuous = characteristic == Characteristic::continuous;
  Layout layout{.length = 1 + kPair};
  const auto take = [&](bool is_there, size_t bytes) {
    const size_t at = layout.length;
    if (is_there) layout.length += bytes;
    return is_there ? at : 0;
  };
  if (is_continuous) {
    take((flags & kBit0) != 0, kPair);
    take((flags & kBit1) != 0, kPair);
    layout.measurement = take((flags & kBit2) != 0, kMeasurementBytes);
    layout.sensor = take((flags & kBit3) != 0, kSensorBytes);
    layout.amplitude = take((flags & kBit4) != 0, kPaiBytes);
  } else {
    take((flags & kBit0) != 0, kTimeStamp);
    layout.measurement = take((flags & kBit1) != 0, kMeasurementBytes);
    layout.sensor = take((flags & kBit2) != 0, kSensorBytes);
    layout.amplitude = take((flags & kBit3) != 0, kPaiBytes);
  }
  return layout;
}

struct Scale {
  int decimals;
  int32_t most;
};

Reading reading_of(uint16_t raw, const Scale& scale, const Status& status) {
  const Reason reason = reason_without_value(status);
  if (reason != Reason::none) return Reading::missing(reason);
  if (is_special(raw)) {
    return Reading::missing(is_doubted(status) ? Reason::artefact : Reason::searching);
  }
  const auto steps = steps_of(raw, scale.decimals);
  // Zero is no vital sign.
  if (!steps || *steps <= 0 || *steps > scale.most) return Reading::missing(Reason::out_of_range);
  return is_doubted(status) ? Reading::low(*steps) : Reading::ok(*steps);
}

}  // namespace

Decoder::Decoder(Characteristic characteristic)
    : characteristic_(characteristic),
      spo2_(oximeter("spo2")),
      pulse_(oximeter("pulse")),
      perfusion_(oximeter("perfusion")) {
  for (const Named& each : conditions()) {
    conditions_.push_back({oximeter("alarm." + std::string(each.name)), each.sensor});
  }
}

size_t Decoder::length_of(uint8_t flags) const {
  if ((flags & kReservedFlags) != 0) return 0;
  return layout_of(characteristic_, flags).length;
}

void Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) {
    bytes_[length_++] = byte;
    const size_t whole = length_of(bytes_[0]);
    if (whole == 0) {
      ++counters_.frames_bad;
      ++counters_.bytes_skipped;
      length_ = 0;
    } else if (length_ == whole) {
      length_ = 0;
      value(sdk::Bytes(bytes_).first(whole), at, sink);
    }
  }
}

void Decoder::end(sdk::Sink&) {
  if (length_ == 0) return;
  ++counters_.frames_bad;
  counters_.bytes_skipped += length_;
  length_ = 0;
}

void Decoder::value(sdk::Bytes whole, MonoTime at, sdk::Sink& sink) {
  if (whole.empty() || whole.size() != length_of(whole[0])) {
    ++counters_.frames_bad;
    counters_.bytes_skipped += whole.size();
    return;
  }
  ++counters_.frames_good;
  sink.frame(at);
  publish(whole, sink);
}

void Decoder::publish(sdk::Bytes bytes, sdk::Sink& sink) const {
  const Layout layout = layout_of(characteristic_, bytes[0]);
  Status status;
  if (layout.measurement > 0) status.measurement = word_at(bytes, layout.measurement);
  if (layout.sensor > 0) {
    const auto high = static_cast<uint32_t>(bytes[layout.sensor + 2]);
    status.sensor = word_at(bytes, layout.sensor) | high << 16;
  }
  const bool is_stored = is_not_live(status);
  sink.fact({.kind = sdk::FactKind::note, .name = "not_live", .present = is_stored});
  if (is_stored) {
    // Of the child now it says nothing, so nothing older may stand as if it were still so.
    const Reason reason = reason_without_value(status);
    const Reading none = Reading::missing(reason == Reason::none ? Reason::stale : reason);
    sink.sample(spo2_, none);
    sink.sample(pulse_, none);
    if (layout.amplitude > 0) sink.sample(perfusion_, none);
    return;
  }
  sink.sample(spo2_, reading_of(word_at(bytes, 1), {1, kSpo2Max}, status));
  sink.sample(pulse_, reading_of(word_at(bytes, 3), {1, kPulseMax}, status));
  if (layout.amplitude > 0) {
    const uint16_t raw = word_at(bytes, layout.amplitude);
    sink.sample(perfusion_, reading_of(raw, {2, kPerfusionMax}, status));
  }
  // A value without the status says nothing about it, neither good nor bad.
  if (layout.sensor > 0) publish_status(status, sink);
}

void Decoder::publish_status(const Status& status, sdk::Sink& sink) const {
  for (const Condition& each : conditions_) {
    sink.sample(each.signal, Reading::ok((status.sensor & each.sensor) != 0 ? 1 : 0));
  }
  for (const Named& note : notes()) {
    sink.fact({.kind = sdk::FactKind::note,
               .name = note.name,
               .present = (status.sensor & note.sensor) != 0});
  }
}

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids = {oximeter("spo2"), oximeter("pulse"), oximeter("perfusion")};
  for (const Named& each : conditions()) {
    ids.push_back(oximeter("alarm." + std::string(each.name)));
  }
  return ids;
}

}  // namespace lamplight::plx
