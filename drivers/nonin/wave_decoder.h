// Nonin Data Formats 2 and 7: 75 frames a second, 25 a packet. Each frame carries one pleth value
// and a byte of the packet's slow values. A packet is told when the next SYNC proves its length, a
// broken frame counted in its place, with the values that had come before the first broken one; its
// marks (perfusion, artefact) count if any frame had them. Where nothing proves the places, because
// a frame was lost unseen or more than one broke, the marks are told and no value. Nothing is told
// before the first SYNC.
#pragma once

#include <array>

#include "drivers/nonin/oximeter.h"
#include "drivers/nonin/wave_framer.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::nonin {

class WaveDecoder : public sdk::Decoder {
 public:
  explicit WaveDecoder(WaveFormat format) : framer_(format, counters_) {}
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  // Is each frame of the packet the one that its count says?
  enum class Places : uint8_t { certain, uncertain };
  void on_frame(const WaveFrame& frame, MonoTime at, sdk::Sink& sink);
  void on_break(bool is_one_frame, sdk::Sink& sink);
  void publish_packet(Places places, sdk::Sink& sink);
  void note_perfusion();

  WaveFramer framer_;
  Signals signals_;
  bool has_synced_ = false;
  size_t place_ = 0;     // of the last frame in its packet, 1–25; 0: waiting for SYNC
  size_t unbroken_ = 0;  // of these, before the first broken one
  std::array<uint8_t, 25> slow_{};
  uint8_t marks_ = 0;  // STATUS of the packet's frames, OR-ed
  bool is_perfusion_red_ = false;
  int packets_unmarked_ = 0;  // since the last perfusion mark
};

}  // namespace lamplight::nonin
