#include "drivers/nonin/df8_decoder.h"

namespace lamplight::nonin {
namespace {

// Byte 1.
constexpr uint8_t kDisconnected = 0x40;  // WristOx2; reserved on the 9560
constexpr uint8_t kOutOfTrack = 0x20;
constexpr uint8_t kPerfusionLow = 0x10;
constexpr uint8_t kPerfusionMarginal = 0x08;
constexpr uint8_t kArtefact = 0x04;
// Byte 4.
constexpr uint8_t kSensorAlarm = 0x08;
constexpr uint8_t kBatteryCritical = 0x02;  // WristOx2; reserved on the 9560
constexpr uint8_t kBatteryLow = 0x01;

bool is_plausible_pulse(int raw) {
  return raw == kPulseMissing || (raw >= kPulseMin && raw <= kPulseMax);
}
bool is_plausible_spo2(int raw) { return raw == kSpo2Missing || raw <= kSpo2Max; }

}  // namespace

void Df8Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) {
    window_.add(byte);
    scan(at, sink);
  }
}

void Df8Decoder::end(sdk::Sink&) {
  const size_t unconfirmed = trust_ == Trust::one_good ? kFrame : 0;
  counters_.bytes_skipped += window_.size() + unconfirmed;
  window_.take(window_.size());
  trust_ = Trust::none;
}

void Df8Decoder::scan(MonoTime at, sdk::Sink& sink) {
  while (window_.size() > 0) {
    if (trust_ != Trust::none && is_control(window_[0])) {
      window_.take(1);
      continue;
    }
    if (is_good_so_far()) {
      if (window_.size() < kFrame) return;
      on_frame(at, sink);
      window_.take(kFrame);
      return;
    }
    // A broken frame where one was due; while hunting there is none to break.
    if (trust_ != Trust::none) ++counters_.frames_bad;
    if (trust_ == Trust::one_good) counters_.bytes_skipped += kFrame;
    trust_ = Trust::none;
    window_.take(1);
    ++counters_.bytes_skipped;
  }
}

// Bit 7 is set on the first byte only; the numbers are in the device's range or missing.
bool Df8Decoder::is_good_so_far() const {
  for (size_t i = 0; i < window_.size(); ++i) {
    const bool has_mark = (window_[i] & 0x80) != 0;
    if (has_mark != (i == 0)) return false;
  }
  if (window_.size() >= 2) {
    if (!is_plausible_pulse(((window_[0] & 0x03) << 7) | window_[1])) return false;
  }
  return window_.size() < 3 || is_plausible_spo2(window_[2]);
}

void Df8Decoder::on_frame(MonoTime at, sdk::Sink& sink) {
  switch (trust_) {
    case Trust::none:
      trust_ = Trust::one_good;
      return;
    case Trust::one_good:
      trust_ = Trust::trusted;
      ++counters_.frames_good;
      sink.frame(at);  // the first one: good after all, its values are not told
      break;
    case Trust::trusted:
      break;
  }
  ++counters_.frames_good;
  sink.frame(at);
  publish(sink);
}

void Df8Decoder::publish(sdk::Sink& sink) {
  const uint8_t first = window_[0];
  const uint8_t last = window_[3];
  const Status status{.probe_disconnected = (first & kDisconnected) != 0,
                      .probe_off = (last & kSensorAlarm) != 0,
                      .out_of_track = (first & kOutOfTrack) != 0,
                      .artefact = (first & kArtefact) != 0,
                      .perfusion_low = (first & kPerfusionLow) != 0,
                      .holds_values = true};
  sink.sample(signals_.spo2, spo2_reading(window_[2], status));
  sink.sample(signals_.pulse, pulse_reading(((first & 0x03) << 7) | window_[1], status));
  publish_status(signals_, status, sink);
  const bool is_low = (last & kBatteryLow) != 0;
  publish_switch(signals_.low_battery, is_low, sink);
  // Alone it may be a reserved bit of another model, which can be 0 or 1.
  publish_switch(signals_.dead_battery, is_low && (last & kBatteryCritical) != 0, sink);
  publish_note("perfusion_marginal", (first & kPerfusionMarginal) != 0, sink);
}

}  // namespace lamplight::nonin
