#include "drivers/cms50/hid_decoder.h"

#include <string_view>

namespace lamplight::cms50 {
namespace {

using sdk::Reading;

constexpr uint8_t kFirst = 0x80;  // bit 7: of the first byte of a command alone
constexpr uint8_t kLive = 0xEB, kModel = 0xF1;
constexpr uint8_t kPleth = 0x00, kMeasurement = 0x01, kStopped = 0x7F;
constexpr uint8_t kFingerOut = 0x60;  // both bits, in place of the bar
constexpr int kPerfusionUnsupplied = 0x7F;

struct Shape {
  uint8_t first;
  size_t length;
};
// What the device sends besides EB, the sum included.
constexpr std::array<Shape, 10> kShapes = {{{0xD0, 14},
                                            {0xF0, 2},
                                            {0xF1, 10},
                                            {0xF2, 8},
                                            {0xF3, 3},
                                            {0xFE, 10},
                                            {0xEF, 8},
                                            {0xEC, 21},
                                            {0xED, 7},
                                            {0xD1, 4}}};

// 0: the second byte tells; nothing: no such command.
std::optional<size_t> length_of(uint8_t first) {
  if (first == kLive) return 0;
  for (const Shape& shape : kShapes) {
    if (shape.first == first) return shape.length;
  }
  return std::nullopt;
}

std::optional<size_t> live_length(uint8_t type) {
  if (type == kPleth) return 6;
  if (type == kMeasurement) return 8;
  if (type == kStopped) return 3;
  return std::nullopt;
}

}  // namespace

void HidDecoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) take(byte, at, sink);
}

void HidDecoder::end(sdk::Sink&) {
  drop(false);
  is_finger_out_ = false;
  has_reading_ = true;
}

void HidDecoder::drop(bool is_bad) {
  counters_.bytes_skipped += length_;
  length_ = 0;
  if (is_bad) ++counters_.frames_bad;
}

void HidDecoder::take(uint8_t byte, MonoTime at, sdk::Sink& sink) {
  if ((byte & kFirst) != 0) {
    if (length_ > 0) drop(true);
    const auto whole = length_of(byte);
    command_[length_++] = byte;
    if (!whole) return drop(true);
    whole_ = *whole;
    return;
  }
  if (length_ == 0) {
    // Reports are filled up with zeros; anything else is the rest of what was not understood.
    if (byte != 0) ++counters_.bytes_skipped;
    return;
  }
  command_[length_++] = byte;
  if (whole_ == 0) {
    const auto whole = live_length(byte);
    if (!whole) return drop(true);
    whole_ = *whole;
  }
  if (length_ == whole_) finish(at, sink);
}

void HidDecoder::finish(MonoTime at, sdk::Sink& sink) {
  unsigned sum = 0;
  for (size_t i = 0; i + 1 < length_; ++i) sum += command_[i];
  const bool is_live = command_[0] == kLive;
  const bool is_measurement = is_live && command_[1] == kMeasurement;
  const bool is_impossible = is_measurement && command_[4] > 100 && command_[4] != kSpo2Missing;
  if ((sum & 0x7F) != command_[length_ - 1] || is_impossible) return drop(true);
  ++counters_.frames_good;
  sink.frame(at);
  if (is_measurement) publish_measurement(sink);
  if (is_live && command_[1] == kPleth) publish_pleth(sink);
  if (command_[0] == kModel) {
    std::string_view model(reinterpret_cast<const char*>(command_.data()) + 1, 8);
    model = model.substr(0, model.find_last_not_of(' ') + 1);
    sink.fact({.kind = sdk::FactKind::identity, .name = "model", .text = model});
  }
  length_ = 0;
}

void HidDecoder::publish_switches(sdk::Sink& sink) {
  const bool searches = !is_finger_out_ && !has_reading_;
  sink.sample(signals_.probe_off, Reading::ok(is_finger_out_ ? 1 : 0));
  sink.sample(signals_.searching, Reading::ok(searches ? 1 : 0));
}

void HidDecoder::publish_pleth(sdk::Sink& sink) {
  is_finger_out_ = (command_[4] & kFingerOut) == kFingerOut;
  sink.sample(signals_.pleth,
              is_finger_out_ ? Reading::missing(Reason::probe_off) : Reading::ok(command_[3]));
  publish_switches(sink);
}

void HidDecoder::publish_measurement(sdk::Sink& sink) {
  const int spo2 = command_[4];
  has_reading_ = spo2 != kSpo2Missing;
  // Bit 7 of the pulse is bit 1 of the byte before it.
  const int pulse = command_[3] | (command_[2] & 0x02) << 6;
  const int perfusion = command_[5] | command_[6] << 7;
  const Reason reason = is_finger_out_  ? Reason::probe_off
                        : !has_reading_ ? Reason::searching
                                        : Reason::none;
  const auto reading = [&](int raw, int missing, int steps, int most) {
    if (reason != Reason::none) return Reading::missing(reason);
    if (raw == missing) return Reading::missing(Reason::searching);
    if (raw == 0 || raw > most) return Reading::missing(Reason::out_of_range);
    return Reading::ok(raw * steps);
  };
  sink.sample(signals_.spo2, reading(spo2, kSpo2Missing, 10, 100));
  sink.sample(signals_.pulse, reading(pulse, kPulseMissing, 10, 254));
  const bool is_unsupplied = reason == Reason::none && perfusion == kPerfusionUnsupplied;
  sink.sample(signals_.perfusion, is_unsupplied ? Reading::missing(Reason::stale)
                                                : reading(perfusion, -1, 1, kPerfusionMax));
  publish_switches(sink);
}

}  // namespace lamplight::cms50
