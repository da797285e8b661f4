#include "drivers/nonin/df13_decoder.h"

namespace lamplight::nonin {
namespace {

constexpr std::array<uint8_t, 4> kBeginning = {0x00, 0x02, 0x00, 0x0D};
constexpr uint8_t kEndMark = 0x03;
// Places in the data: 8 bytes of date and time, then status, pulse, reserved, SpO2.
constexpr size_t kStatusMsb = 8;
constexpr size_t kStatusLsb = 9;
constexpr size_t kPulseMsb = 10;
constexpr size_t kPulseLsb = 11;
constexpr size_t kSpo2 = 13;
constexpr uint8_t kNoMeasurement = 0x01;  // STATUS_MSB
constexpr uint8_t kFromMemory = 0x10;     // STATUS_LSB
constexpr uint8_t kBatteryLow = 0x01;

}  // namespace

void Df13Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) {
    window_.add(byte);
    for (bool is_deciding = true; is_deciding && window_.size() > 0;) {
      switch (verdict()) {
        case Verdict::unknown:
          is_deciding = false;
          break;
        case Verdict::good:
          ++counters_.frames_good;
          sink.frame(at);
          publish(sink);
          window_.take(kHead + data_length() + kTail);
          break;
        case Verdict::bad_frame:
          ++counters_.frames_bad;
          [[fallthrough]];
        case Verdict::no_frame:
          window_.take(1);
          ++counters_.bytes_skipped;
          break;
      }
    }
  }
}

void Df13Decoder::end(sdk::Sink&) {
  counters_.bytes_skipped += window_.size();
  window_.take(window_.size());
}

Df13Decoder::Verdict Df13Decoder::verdict() const {
  for (size_t i = 0; i < std::min(window_.size(), kBeginning.size()); ++i) {
    if (window_[i] != kBeginning[i]) return Verdict::no_frame;
  }
  if (window_.size() < kHead) return Verdict::unknown;
  const size_t length = data_length();
  if (length < kDataMin || length > kDataMax) return Verdict::bad_frame;
  if (window_.size() < kHead + length + kTail) return Verdict::unknown;
  uint8_t sum = 0;
  for (size_t i = 0; i < length; ++i) sum = static_cast<uint8_t>(sum + window_[kHead + i]);
  const bool is_good = sum == window_[kHead + length] && window_[kHead + length + 1] == kEndMark;
  return is_good ? Verdict::good : Verdict::bad_frame;
}

// "2012-03-09 16:14:32" of the frame's date, which is binary-coded decimal: each half of a byte is
// a digit as it stands.
std::string Df13Decoder::date_text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::array<const char*, 7> kBehind = {"", "-", "-", " ", ":", ":", ""};
  std::string text;
  for (size_t i = 0; i < kBehind.size(); ++i) {
    const uint8_t byte = window_[kHead + i];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
    text += kBehind[i];
  }
  return text;
}

void Df13Decoder::publish(sdk::Sink& sink) {
  const auto data = [this](size_t i) { return window_[kHead + i]; };
  const bool is_from_memory = (data(kStatusLsb) & kFromMemory) != 0;
  const std::string date = is_from_memory ? date_text() : std::string();
  sink.fact({.kind = sdk::FactKind::note,
             .name = "from_memory",
             .text = date,
             .present = is_from_memory});
  if (is_from_memory) return;
  const bool is_measured = (data(kStatusMsb) & kNoMeasurement) == 0;
  const Status status{};
  const int spo2 = is_measured ? data(kSpo2) & 0x7F : kSpo2Missing;
  const int pulse = is_measured ? (data(kPulseMsb) & 0x01) * 256 + data(kPulseLsb) : kPulseMissing;
  sink.sample(signals_.spo2, spo2_reading(spo2, status));
  sink.sample(signals_.pulse, pulse_reading(pulse, status));
  publish_switch(signals_.low_battery, (data(kStatusLsb) & kBatteryLow) != 0, sink);
}

}  // namespace lamplight::nonin
