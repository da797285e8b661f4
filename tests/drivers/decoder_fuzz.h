// What every decoder promises on any input, checked for each fuzz input: no number out of range,
// nothing outside a frame, counters that add up, the same answer however the stream is cut, and
// good frames behind garbage found again. A target is this and its decoder.
#pragma once

#include <cstdlib>
#include <memory>

#include "rules/model/assert.h"
#include "tests/drivers/plausible.h"

namespace lamplight::test {

struct Target {
  std::unique_ptr<sdk::Decoder> (*make)();
  std::string_view good;                  // a few whole good frames
  uint64_t frames_at_least;               // of them that are found behind any garbage
  int32_t planted_above;                  // the planted bug: readings above this
  std::string_view planted_in = "pulse";  // of this signal
};

#ifdef LL_PLANTED_BUG
// Each needs whole good frames with something rare in them, found behind whatever came before: a
// high pulse, or two marks in one frame or packet.
inline void planted_bug(const Recorder& sink, const Target& target) {
  uint64_t artefact_in = 0;
  for (const Heard& each : sink.heard) {
    const int32_t value = each.reading.value();
    if (each.name == target.planted_in && value > target.planted_above) std::abort();
    if (each.name == "alarm.artefact" && value == 1) artefact_in = each.frame;
    if (each.name == "alarm.perfusion_low" && value == 1 && artefact_in == each.frame) std::abort();
  }
}
#endif

inline void check_readings(const Recorder& sink) { LL_ASSERT(fault_in(sink).empty()); }

inline void run_target(const Target& target, const uint8_t* data, size_t size) {
  if (size == 0) return;
  const size_t piece = data[0] % 8 + 1U;
  const sdk::Bytes input(data + 1, size - 1);

  Decoded whole;
  decode_into(target.make, input, 4096, whole);
  check_readings(whole.sink);
#ifdef LL_PLANTED_BUG
  planted_bug(whole.sink, target);
#endif
  LL_ASSERT(whole.counters.bytes_skipped <= input.size());
  LL_ASSERT(whole.counters.frames_good <= input.size() / 2);
  LL_ASSERT(whole.sink.frames == whole.counters.frames_good);

  Decoded pieces;
  decode_into(target.make, input, piece, pieces);
  LL_ASSERT(pieces.counters == whole.counters);
  LL_ASSERT(pieces.sink.heard == whole.sink.heard);

  auto decoder = target.make();
  Recorder sink;
  decoder->feed(input, MonoTime{1}, sink);
  const uint64_t before = decoder->counters().frames_good;
  decoder->feed(bytes_of(target.good), MonoTime{2}, sink);
  LL_ASSERT(decoder->counters().frames_good >= before + target.frames_at_least);
}

}  // namespace lamplight::test
