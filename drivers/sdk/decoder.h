// The decoder interface: bytes in, readings out. A decoder is pure (no clock, no I/O, no memory
// that grows with its input), never throws, does not care how its input is cut into pieces, and
// finds the next good frame after any garbage. It never lets a sentinel out as a number.
#pragma once

#include <cstdint>
#include <span>

#include "drivers/sdk/reading.h"
#include "rules/model/sample.h"
#include "rules/model/time.h"

namespace lamplight::sdk {

using Bytes = std::span<const uint8_t>;

// Who listens. Calls between two frame() calls belong to the frame that the first one opened.
class Sink {
 public:
  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  // A good frame (a line, a packet's frame, a reply) that arrived at `at`.
  virtual void frame(MonoTime at) = 0;
  // `signal` is an id of our own catalogue, of the device's role.
  virtual void sample(SignalId signal, Reading reading) = 0;
  virtual void fact(const Fact& fact) = 0;
};

struct Counters {
  uint64_t frames_good = 0;
  uint64_t frames_bad = 0;     // broken ones; a partial one at the start is none
  uint64_t bytes_skipped = 0;  // every byte that is in no good frame, those of bad frames included
  bool operator==(const Counters&) const = default;
};

class Decoder {
 public:
  Decoder() = default;
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  // `at` is the monotonic time of the read that gave `bytes`.
  virtual void feed(Bytes bytes, MonoTime at, Sink& sink) = 0;
  // The stream ended (file, unplugged): what was complete is told, what is left over is counted,
  // nothing is guessed from it, and
  // the next byte begins a new stream. Counters go on.
  virtual void end(Sink& sink) = 0;
  const Counters& counters() const { return counters_; }

 protected:
  Counters counters_;
};

}  // namespace lamplight::sdk
