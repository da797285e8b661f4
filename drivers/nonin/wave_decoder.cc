#include "drivers/nonin/wave_decoder.h"

namespace lamplight::nonin {
namespace {

// STATUS, bits 6 to 0. Bit 6 is reserved on the 9560 and "sensor disconnected" on the others.
constexpr uint8_t kDisconnected = 0x40;
constexpr uint8_t kArtefact = 0x20;
constexpr uint8_t kOutOfTrack = 0x10;
constexpr uint8_t kSensorAlarm = 0x08;
constexpr uint8_t kRed = 0x04;
constexpr uint8_t kGreen = 0x02;
constexpr uint8_t kSync = 0x01;

constexpr size_t kPacketFrames = 25;
// A pulse marks its perfusion for 160 ms only. At 18 pulses a minute ten packets (3.3 s) hold one.
constexpr int kUnmarkedMax = 10;

Status status_of(uint8_t marks) {
  return {.probe_disconnected = (marks & kDisconnected) != 0,
          .probe_off = (marks & kSensorAlarm) != 0,
          .out_of_track = (marks & kOutOfTrack) != 0,
          .artefact = (marks & kArtefact) != 0};
}

}  // namespace

void WaveDecoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) {
    framer_.add(byte);
    while (const auto event = framer_.next()) {
      if (event->is_break) on_break(event->is_one_frame, sink);
      if (event->frame) on_frame(*event->frame, at, sink);
    }
  }
}

// No SYNC will come to prove the last packet: an unbroken one is taken at its word.
void WaveDecoder::end(sdk::Sink& sink) {
  publish_packet(unbroken_ == place_ ? Places::certain : Places::uncertain, sink);
  framer_.end();
  has_synced_ = false;
  is_perfusion_red_ = false;
}

void WaveDecoder::on_frame(const WaveFrame& frame, MonoTime at, sdk::Sink& sink) {
  const bool is_first = (frame.status & kSync) != 0;
  // SYNC after any other number of frames than 25, or none after 25: a frame was lost or came twice
  // without a trace, nobody knows where, and behind it each byte would be read as another value.
  if (is_first || place_ == kPacketFrames) {
    const bool is_whole = is_first && place_ == kPacketFrames;
    publish_packet(is_whole ? Places::certain : Places::uncertain, sink);
  }
  sink.frame(at);
  if (is_first) {
    has_synced_ = true;
    place_ = 1;
    unbroken_ = 1;
  } else if (place_ > 0) {
    ++place_;
    if (unbroken_ + 1 == place_) unbroken_ = place_;
  }
  if (has_synced_) sink.sample(signals_.pleth, pleth_reading(frame.pleth, status_of(frame.status)));
  if (place_ == 0) return;
  slow_[place_ - 1] = frame.slow;
  marks_ |= frame.status;
}

// A broken frame has a place, so that SYNC can still prove those of the others: one more that was
// lost unseen makes the packet too short. In the place of SYNC nothing proves anything.
void WaveDecoder::on_break(bool is_one_frame, sdk::Sink& sink) {
  if (place_ == 0) return;
  if (!is_one_frame || place_ == kPacketFrames) return publish_packet(Places::uncertain, sink);
  ++place_;
}

// Tells what has come of the packet, and forgets it. A mark is true wherever its frame stood.
void WaveDecoder::publish_packet(Places places, sdk::Sink& sink) {
  if (place_ == 0) return;
  const size_t frames = places == Places::certain ? unbroken_ : 0;
  place_ = 0;
  unbroken_ = 0;
  note_perfusion();
  Status status = status_of(marks_);
  marks_ = 0;
  if (status.probe_off || status.probe_disconnected) is_perfusion_red_ = false;
  status.perfusion_low = is_perfusion_red_;
  if (frames >= 3) sink.sample(signals_.spo2, spo2_reading(slow_[2] & 0x7F, status));
  if (frames >= 2) {
    const int pulse = ((slow_[0] & 0x03) << 7) | (slow_[1] & 0x7F);
    sink.sample(signals_.pulse, pulse_reading(pulse, status));
  }
  publish_status(signals_, status, sink);
  if (frames >= 8) publish_switch(signals_.low_battery, (slow_[7] & 0x01) != 0, sink);
}

// Green alone, both (yellow) or red alone; a packet between two pulses has no mark and says
// nothing new.
void WaveDecoder::note_perfusion() {
  const uint8_t mark = marks_ & (kRed | kGreen);
  if (mark != 0) {
    is_perfusion_red_ = mark == kRed;
    packets_unmarked_ = 0;
  } else if (++packets_unmarked_ > kUnmarkedMax) {
    is_perfusion_red_ = false;
    packets_unmarked_ = 0;
  }
}

}  // namespace lamplight::nonin
