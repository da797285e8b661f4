// The bad input that every decoder meets in its life, as one set of checks: pieces, truncations,
// flipped bits, concatenations, noise without end. A decoder's test names its valid frames.
#pragma once

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <string>

#include "tests/drivers/plausible.h"

namespace lamplight::test {

using MakeDecoder = std::unique_ptr<sdk::Decoder> (*)();

inline Decoded decoded(MakeDecoder make, std::string_view text, size_t piece = 4096) {
  Decoded d;
  decode_into(make, bytes_of(text), piece, d);
  return d;
}

inline void expect_same_in_pieces(MakeDecoder make, std::string_view text) {
  const Decoded whole = decoded(make, text);
  for (const size_t piece : {1U, 2U, 7U, 64U}) {
    const Decoded pieces = decoded(make, text, piece);
    EXPECT_EQ(pieces.counters, whole.counters) << piece;
    EXPECT_TRUE(pieces.sink.heard == whole.sink.heard) << piece;
  }
}

// A beginning is never taken for the whole, and a whole frame behind it is found. `needed`: bytes
// of the frame that matter (a terminator of two bytes is whole after the first).
inline void expect_no_frame_cut_short(MakeDecoder make, std::string_view frame, size_t needed,
                                      uint64_t frames_after) {
  for (size_t n = 0; n < needed; ++n) {
    const Decoded cut = decoded(make, frame.substr(0, n));
    EXPECT_EQ(cut.counters.frames_good, 0U) << n;
    EXPECT_EQ(fault_in(cut.sink), "") << n;
    std::string then(frame.substr(0, n));
    then += frame;
    then += frame;
    EXPECT_GE(decoded(make, then).counters.frames_good, frames_after) << n;
  }
}

// Of two equal frames the first has one bit flipped: the other one is read, nothing impossible is.
inline void expect_flips_harmless(MakeDecoder make, std::string_view frame) {
  const std::string two = std::string(frame) + std::string(frame);
  for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string flipped = two;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const Decoded d = decoded(make, flipped);
    EXPECT_GE(d.counters.frames_good, 1U) << bit;
    EXPECT_EQ(fault_in(d.sink), "") << bit;
    EXPECT_EQ(d.sink.frames, d.counters.frames_good) << bit;
  }
}

// Where a checksum guards the frame: exactly that frame is lost.
inline void expect_flips_cost_the_frame(MakeDecoder make, std::string_view frame) {
  const std::string two = std::string(frame) + std::string(frame);
  for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string flipped = two;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(decoded(make, flipped).counters.frames_good, 1U) << bit;
  }
}

// Bytes of a fixed generator, `megabytes` of them: no memory is taken, nothing impossible is said.
inline void expect_noise_harmless(MakeDecoder make, size_t megabytes) {
  auto decoder = make();
  std::vector<uint8_t> noise(1 << 20);
  uint64_t state = 0x9E3779B97F4A7C15ULL;
  const auto fill = [&] {
    for (uint8_t& byte : noise) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      byte = static_cast<uint8_t>(state >> 32);
    }
  };
  fill();
  {
    Recorder sink;
    decoder->feed(noise, MonoTime{1}, sink);
  }
  const auto before = mallinfo2().uordblks;
  for (size_t i = 1; i < megabytes; ++i) {
    fill();
    Recorder sink;
    decoder->feed(noise, MonoTime{1}, sink);
    EXPECT_EQ(fault_in(sink), "");
  }
  EXPECT_LE(mallinfo2().uordblks, before + 4096);
  const sdk::Counters& counters = decoder->counters();
  EXPECT_LE(counters.bytes_skipped, megabytes << 20);
}

}  // namespace lamplight::test
