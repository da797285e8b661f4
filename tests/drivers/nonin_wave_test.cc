// 75 frames a second of a child's pulse wave: every good frame must count, a broken one must cost
// itself only, and nothing may be told before the packet's beginning has been seen. Frames are
// built from the manual's table, not with any code of the decoder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/drivers/nonin_frames.h"
#include "tests/drivers/vectors.h"

namespace lamplight {
namespace {

using namespace test::wave;
using sdk::Reading;
using test::Decoded;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

// ------------------------------------------------------------- the captured frames of a 9560

TEST(NoninVector, GivesWhatItsTableSays) {
  LL_REQUIRE_VECTOR(text, "nonin_df2/frames.hex");
  Decoded d;
  decode(WaveFormat::df2, hex(text), d);
  EXPECT_EQ(d.counters, (sdk::Counters{25, 0, 0}));
  std::vector<int> pleth;
  for (const Reading& r : d.sink.readings("pleth")) pleth.push_back(r.value());
  EXPECT_THAT(pleth, ElementsAre(67, 67, 67, 67, 67, 65, 62, 60, 57, 54, 53, 52, 52, 52, 53, 54, 55,
                                 58, 64, 74, 87));
  EXPECT_THAT(d.sink.readings("pulse"), ElementsAre(Reading::ok(740)));
  EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::ok(960)));
  EXPECT_THAT(d.sink.present(), IsEmpty());
}

TEST(NoninVector, AnyFlippedBitCostsExactlyOneFrame) {
  LL_REQUIRE_VECTOR(text, "nonin_df2/frames.hex");
  const Data good = hex(text);
  ASSERT_EQ(good.size(), 125U);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Data flipped = good;
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    Decoded d;
    decode(WaveFormat::df2, flipped, d);
    EXPECT_EQ(d.counters.frames_good, 24U) << bit;
    EXPECT_EQ(d.counters.frames_bad, 1U) << bit;
    EXPECT_EQ(d.counters.bytes_skipped, 5U) << bit;
  }
}

TEST(NoninVector, ARepliedByteBetweenFramesLosesNothing) {
  LL_REQUIRE_VECTOR(text, "nonin_df2/frames.hex");
  const Data good = hex(text);
  Decoded expected;
  decode(WaveFormat::df2, good, expected);
  for (const uint8_t reply : {0x06, 0x15, 0x02}) {
    for (size_t after = 5; after < good.size(); after += 5) {
      Data with = good;
      with.insert(with.begin() + static_cast<ptrdiff_t>(after), reply);
      Decoded d;
      decode(WaveFormat::df2, with, d);
      EXPECT_EQ(d.counters, expected.counters) << after;
      EXPECT_EQ(d.sink.heard, expected.sink.heard) << after;
    }
  }
}

TEST(NoninVector, WithoutTheSyncFrameNothingIsTold) {
  LL_REQUIRE_VECTOR(text, "nonin_df2/frames.hex");
  Data data = hex(text);
  data.erase(data.begin() + 20, data.begin() + 25);
  Decoded d;
  decode(WaveFormat::df2, data, d);
  EXPECT_EQ(d.counters, (sdk::Counters{24, 0, 0}));
  EXPECT_THAT(d.sink.heard, IsEmpty());
}

// ------------------------------------------------------------------ both formats, built here

class NoninWave : public testing::TestWithParam<WaveFormat> {};
INSTANTIATE_TEST_SUITE_P(Formats, NoninWave, testing::Values(WaveFormat::df2, WaveFormat::df7),
                         name);

TEST_P(NoninWave, TellsOnePacketsValuesOnce) {
  Packet p = packet(300, 97);  // above 255: both parts of the pulse count
  p.slow[0] |= 0x7C;           // reserved bits of the pulse's upper part may be 0 or 1
  Decoded d;
  decode(GetParam(), three(GetParam(), p), d);
  EXPECT_EQ(d.counters, (sdk::Counters{75, 0, 0}));
  EXPECT_THAT(d.sink.readings("pulse"),
              ElementsAre(Reading::ok(3000), Reading::ok(3000), Reading::ok(3000)));
  EXPECT_THAT(d.sink.readings("spo2"),
              ElementsAre(Reading::ok(970), Reading::ok(970), Reading::ok(970)));
  EXPECT_EQ(d.sink.readings("pleth").size(), 75U);
}

TEST_P(NoninWave, PiecesMakeNoDifference) {
  Data data = {0x00, 0x81, 0x33};
  append(data, three(GetParam(), packet(80, 95)));
  data[200] ^= 0x10;
  data.insert(data.begin() + 260, {0x55, 0xAA, 0x99});
  data.resize(data.size() - 2);
  Decoded whole;
  decode(GetParam(), data, whole);
  for (const size_t piece : {1U, 7U}) {
    Decoded pieces;
    decode(GetParam(), data, pieces, piece);
    EXPECT_EQ(pieces.sink.heard, whole.sink.heard) << piece;
    EXPECT_EQ(pieces.counters, whole.counters) << piece;
  }
}

TEST_P(NoninWave, SentinelsAndImpossibleNumbersAreMissing) {
  struct Row {
    int pulse;
    int spo2;
    Reading pulse_reading;
    Reading spo2_reading;
  };
  const Reading out = Reading::missing(Reason::out_of_range);
  const Reading searching = Reading::missing(Reason::searching);
  const std::vector<Row> rows = {{511, 127, searching, searching},
                                 {510, 126, out, out},
                                 {322, 101, out, out},
                                 {321, 100, Reading::ok(3210), Reading::ok(1000)},
                                 {17, 0, out, out},
                                 {18, 1, Reading::ok(180), Reading::ok(10)},
                                 {0, 50, out, Reading::ok(500)},
                                 {255, 127, Reading::ok(2550), searching}};
  for (const Row& row : rows) {
    Decoded d;
    decode(GetParam(), bytes_of(GetParam(), packet(row.pulse, row.spo2)), d);
    EXPECT_EQ(d.sink.last("pulse"), row.pulse_reading) << row.pulse;
    EXPECT_EQ(d.sink.last("spo2"), row.spo2_reading) << row.spo2;
  }
}

TEST_P(NoninWave, MarksAnywhereInThePacketCount) {
  struct Row {
    uint8_t mark;
    Reading spo2;
    std::vector<std::string> conditions;
  };
  const Reading off = Reading::missing(Reason::probe_off);
  const std::vector<Row> rows = {{0x40, off, {"probe_disconnected"}},
                                 {0x08, off, {"probe_off"}},
                                 {0x20, Reading::low(970), {"artefact"}},
                                 {0x10, Reading::low(970), {"artefact"}},
                                 {0x04, Reading::low(970), {"perfusion_low"}},
                                 {0x06, Reading::ok(970), {}},
                                 {0x02, Reading::ok(970), {}}};
  for (const Row& row : rows) {
    for (const size_t place : {0U, 2U, 12U, 24U}) {
      Packet p = packet(80, 97);
      p.status[place] = row.mark;
      Decoded d;
      decode(GetParam(), bytes_of(GetParam(), p), d);
      EXPECT_EQ(d.sink.last("spo2"), row.spo2) << int{row.mark} << " at " << place;
      EXPECT_EQ(d.sink.present(), row.conditions) << int{row.mark} << " at " << place;
    }
  }
}

TEST_P(NoninWave, RedPerfusionLastsUntilTheNextPulseSaysOtherwise) {
  Packet red = packet(80, 97);
  red.status[3] = 0x04;
  Packet green = packet(80, 97);
  green.status[20] = 0x02;
  Data data = bytes_of(GetParam(), red);
  append(data, bytes_of(GetParam(), packet(80, 97)));  // between two pulses: no mark
  append(data, bytes_of(GetParam(), green));
  Decoded d;
  decode(GetParam(), data, d);
  EXPECT_THAT(d.sink.readings("spo2"),
              ElementsAre(Reading::low(970), Reading::low(970), Reading::ok(970)));
}

TEST_P(NoninWave, RedPerfusionWithoutAnyFurtherPulseIsForgotten) {
  Packet red = packet(80, 97);
  red.status[3] = 0x04;
  Data data = bytes_of(GetParam(), red);
  for (int i = 0; i < 12; ++i) append(data, bytes_of(GetParam(), packet(80, 97)));
  Decoded d;
  decode(GetParam(), data, d);
  EXPECT_EQ(d.sink.last("alarm.perfusion_low"), Reading::ok(0));
}

TEST_P(NoninWave, MissingUnderArtefactIsArtefact) {
  Packet p = packet(511, 127);
  p.status.fill(0x10);
  Decoded d;
  decode(GetParam(), bytes_of(GetParam(), p), d);
  EXPECT_EQ(d.sink.last("spo2"), Reading::missing(Reason::artefact));
  EXPECT_EQ(d.sink.last("pulse"), Reading::missing(Reason::artefact));
}

TEST_P(NoninWave, PlethUnderASensorAlarmIsNoWave) {
  Packet p = packet(511, 127);
  p.status.fill(0x08);
  Decoded d;
  decode(GetParam(), bytes_of(GetParam(), p), d);
  EXPECT_THAT(d.sink.readings("pleth"), Each(Reading::missing(Reason::probe_off)));
}

TEST_P(NoninWave, LowBatteryIsBitZeroOfStat2Alone) {
  Packet p = packet(80, 97);
  p.slow[7] = 0x26;  // SmartPoint and reserved bits
  Decoded other;
  decode(GetParam(), bytes_of(GetParam(), p), other);
  EXPECT_FALSE(other.sink.is_present("low_battery"));
  p.slow[7] = 0x01;
  Decoded low;
  decode(GetParam(), bytes_of(GetParam(), p), low);
  EXPECT_TRUE(low.sink.is_present("low_battery"));
}

TEST_P(NoninWave, ABrokenPacketTellsWhatHadCome) {
  for (size_t broken = 2; broken < 25; ++broken) {
    Data data = three(GetParam(), packet(80, 97));
    data[(25 + broken) * 5 + 4] ^= 0x01;
    Decoded d;
    decode(GetParam(), data, d);
    EXPECT_EQ(d.counters.frames_bad, 1U) << broken;
    EXPECT_EQ(d.sink.readings("pulse").size(), 3U) << broken;
    // The third frame carries SpO2.
    EXPECT_EQ(d.sink.readings("spo2").size(), broken == 2 ? 2U : 3U) << broken;
  }
}

TEST_P(NoninWave, WhatHadComeIsToldAtTheEnd) {
  for (size_t frames = 3; frames <= 25; ++frames) {
    Decoded d;
    decode(GetParam(), bytes_of(GetParam(), packet(80, 97), frames), d);
    EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::ok(970))) << frames;
    EXPECT_EQ(d.counters.frames_good, frames);
  }
}

TEST_P(NoninWave, ValuesBehindABrokenFrameWaitForTheNextPacket) {
  Data data = three(GetParam(), packet(80, 97));
  data[25 * 5 + 1 * 5 + 3] ^= 0x01;  // second packet, lower part of the pulse
  Decoded d;
  decode(GetParam(), data, d);
  EXPECT_EQ(d.counters.frames_bad, 1U);
  EXPECT_EQ(d.sink.readings("pulse").size(), 2U);
  EXPECT_EQ(d.sink.readings("spo2").size(), 2U);
  EXPECT_EQ(d.sink.readings("pleth").size(), 74U);
}

TEST_P(NoninWave, EveryTruncationGivesNothingWrong) {
  const Data whole = bytes_of(GetParam(), packet(80, 97));
  for (size_t n = 0; n < whole.size(); ++n) {
    Decoded d;
    decode(GetParam(), sdk::Bytes(whole).first(n), d);
    for (const Reading& r : d.sink.readings("spo2")) EXPECT_EQ(r, Reading::ok(970)) << n;
    for (const Reading& r : d.sink.readings("pulse")) EXPECT_EQ(r, Reading::ok(800)) << n;
  }
}

TEST_P(NoninWave, EveryFlippedBitGivesNothingWrong) {
  const Data good = three(GetParam(), packet(80, 97));
  for (size_t bit = 0; bit < 125 * 8; ++bit) {
    Data flipped = good;
    flipped[bit / 8 + 125] = static_cast<uint8_t>(flipped[bit / 8 + 125] ^ (1U << (bit % 8)));
    Decoded d;
    decode(GetParam(), flipped, d);
    EXPECT_EQ(d.counters.frames_bad, 1U) << bit;
    EXPECT_EQ(d.counters.frames_good, 74U) << bit;
    for (const Reading& r : d.sink.readings("spo2")) EXPECT_EQ(r, Reading::ok(970)) << bit;
    for (const Reading& r : d.sink.readings("pulse")) EXPECT_EQ(r, Reading::ok(800)) << bit;
  }
}

TEST_P(NoninWave, ALostByteCostsItsFrameAndTheRestIsFoundAgain) {
  const Data good = three(GetParam(), packet(80, 97));
  for (size_t at = 125; at < 250; ++at) {
    Data data = good;
    data.erase(data.begin() + static_cast<ptrdiff_t>(at));
    Decoded d;
    decode(GetParam(), data, d);
    EXPECT_GE(d.counters.frames_good, 73U) << at;
    EXPECT_EQ(d.counters.frames_bad, 1U) << at;
    EXPECT_EQ(d.sink.readings("spo2").back(), Reading::ok(970)) << at;
  }
}

TEST_P(NoninWave, GarbageBeforeAndBetweenIsCounted) {
  Data data(23, 0x33);
  append(data, three(GetParam(), packet(80, 97)));
  Decoded d;
  decode(GetParam(), data, d);
  EXPECT_EQ(d.counters.bytes_skipped, 23U);
  EXPECT_EQ(d.counters.frames_bad, 4U);
  EXPECT_EQ(d.counters.frames_good, 75U);
  Decoded none;
  decode(GetParam(), Data(1000, 0x33), none);
  EXPECT_EQ(none.counters.frames_good, 0U);
  EXPECT_EQ(none.counters.bytes_skipped, 1000U);
}

TEST(NoninWaveDf7, PlethHasSixteenBits) {
  Packet p = packet(80, 97);
  p.pleth = 0xFFEE;
  Decoded d;
  decode(WaveFormat::df7, bytes_of(WaveFormat::df7, p), d);
  EXPECT_THAT(d.sink.readings("pleth"), Each(Reading::ok(0xFFEE)));
}

TEST(NoninWaveDf7, TwoGoodFramesAreNotEnough) {
  Data data = frame(WaveFormat::df7, 0x81, 1, 0);
  append(data, frame(WaveFormat::df7, 0x80, 1, 80));
  Decoded d;
  decode(WaveFormat::df7, data, d);
  EXPECT_EQ(d.counters, (sdk::Counters{0, 0, 10}));
}

TEST(NoninWaveDf2, OneGoodFrameIsNotEnough) {
  Decoded d;
  decode(WaveFormat::df2, frame(WaveFormat::df2, 0x81, 1, 0), d);
  EXPECT_EQ(d.counters.frames_good, 0U);
  EXPECT_THAT(d.sink.heard, IsEmpty());
}

}  // namespace
}  // namespace lamplight
