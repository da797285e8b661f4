// Finds the five-byte checksummed frames of Data Formats 2 and 7 in a stream. Locks on after two
// good frames (DF2; of three, so that one broken frame never costs two) or three running (DF7,
// whose checksum alone is weak). One broken frame between good ones costs that frame only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "drivers/nonin/byte_window.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::nonin {

enum class WaveFormat : uint8_t { df2, df7 };

struct WaveFrame {
  uint8_t status = 0;
  uint8_t slow = 0;  // the FLOAT byte: which value it is depends on the frame's place
  int pleth = 0;
};

class WaveFramer {
 public:
  struct Event {
    bool is_break = false;      // frames are missing before what follows
    bool is_one_frame = false;  // of a break: the bytes of one frame, and the next one is good
    std::optional<WaveFrame> frame = {};
  };

  // `counters` must outlive the framer.
  WaveFramer(WaveFormat format, sdk::Counters& counters) : format_(format), counters_(counters) {}

  void add(uint8_t byte) { window_.add(byte); }
  // Call after each add() until it gives nothing.
  std::optional<Event> next();
  void end();

 private:
  static constexpr size_t kFrame = 5;
  static constexpr size_t kControlsMax = 4;  // between two frames

  enum class Verdict : uint8_t { good, bad, unknown };  // unknown: more bytes are needed
  std::optional<Event> next_locked();
  std::optional<Event> hunt();
  Verdict verdict_at(size_t at) const;
  size_t after_controls(size_t at) const;
  Verdict is_beginning() const;
  WaveFrame frame_at_front() const;
  void skip(size_t n);
  void count_hunt();

  WaveFormat format_;
  sdk::Counters& counters_;
  ByteWindow<64> window_;
  bool is_locked_ = false;
  bool was_locked_ = false;  // the frame that ended the lock is already counted
  size_t hunted_ = 0;        // bytes skipped since the lock was lost
};

}  // namespace lamplight::nonin
