// Which burst stands where in the stream: repeats it after its pause, lets a running burst end
// when another alarm of the same rank joins, and makes room at once when the rank changes. Pure:
// time is the position in the stream, in samples; positions asked for never fall, except that what
// a device has dropped is asked for again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gateway/sounder/pcm.h"

namespace lamplight::sounder {

// What shall sound: the loudest of everything audible. `newest` tells alarms of one rank apart: a
// larger one is news, and does not wait for the whole pause.
struct Wish {
  Sound sound = Sound::none;
  Melody melody = Melody::single;
  uint64_t newest = 0;
  bool operator==(const Wish&) const = default;
};

class Conductor {
 public:
  explicit Conductor(double f0_hz) : f0_hz_(f0_hz) {}

  const Wish& wish() const { return wish_; }
  // From position `at` on. Another sound than before: `at` should be what is heard next, with
  // everything queued behind it dropped.
  void want(const Wish& wish, int64_t at);
  // A chirp or a reminder: heard once, if nothing else sounds or shall sound.
  void once(Sound sound, int64_t at);

  void fill(int64_t from, std::span<int16_t> out);

  // The bursts that have begun in what was filled, each once.
  struct Begun {
    Sound sound = Sound::none;
    int64_t at = 0;
  };
  std::vector<Begun> take_begun();

 private:
  void join(int64_t at);
  int64_t make_room(int64_t at);
  void begin(const Burst& burst, int64_t at);

  double f0_hz_;
  Wish wish_;
  std::optional<Placed> before_;  // ends or fades while `now_` already begins
  std::optional<Placed> now_;
  int64_t next_ = kForever;  // the next burst of the wish begins here
  std::vector<Begun> begun_;
};

}  // namespace lamplight::sounder
