// Keeps a device supplied with what the conductor makes, never more than kAhead ahead of now: a
// null or file device would take hours in a millisecond, and what is queued cannot be changed.
// The stream goes on through silence, so a position in it is a time. Given `now`; one thread.
//
// A card has a clock of its own. Where a device tells what it has queued, our idea of now follows
// it, by at most a thousandth: no crystal is worse, and a device that tells nonsense stays paced.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/sounder/conductor.h"
#include "gateway/sounder/device.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::sounder {

class Player {
 public:
  // Several turns of the loop, and well below the 60 ms that are allowed: on a device that cannot
  // drop what it took, this much of the 100 ms for a new high alarm is gone.
  static constexpr int64_t kAhead = samples_of_ms(30);

  // Both must outlive it.
  Player(Conductor& conductor, AudioDevice& device, MonoTime now)
      : conductor_(conductor), device_(device), zero_(now), last_turn_(now), last_taken_(now) {}

  // The device has just been opened: it hears everything from now on.
  void begin(MonoTime now);
  // Once a turn. A failure: the device must be closed. Without an open device time just goes on.
  [[nodiscard]] Status turn(MonoTime now);

  // What shall sound has changed. Another sound than before is the next thing heard: what is
  // queued is dropped. A failure is one of the device; the wish is heard all the same.
  [[nodiscard]] Status want(const Wish& wish, MonoTime now);
  void once(Sound sound, MonoTime now);

 private:
  int64_t due(MonoTime now) const;
  int64_t next_heard(MonoTime now) const;
  void follow(MonoTime now, int64_t queued);

  Conductor& conductor_;
  AudioDevice& device_;
  MonoTime zero_;         // position 0 of the stream was, or would have been, heard
  int64_t position_ = 0;  // the next sample to hand over
  bool tells_queue_ = false;
  MonoTime last_turn_;
  MonoTime last_taken_;
  std::array<int16_t, 4800> buffer_{};
};

}  // namespace lamplight::sounder
