// Frames that are lost, doubled or broken on the way: a byte of a packet must never be read as
// another value because nobody knows how many frames stand before it. A child's saturation would
// be the software revision of the sensor.
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

class NoninLost : public testing::TestWithParam<WaveFormat> {};
INSTANTIATE_TEST_SUITE_P(Formats, NoninLost, testing::Values(WaveFormat::df2, WaveFormat::df7),
                         name);

// Nothing but pulse 80 and SpO2 97, and no low battery.
void expect_nothing_wrong(const Decoded& d, const std::string& what) {
  EXPECT_EQ(d.counters.frames_bad, 0U) << what;  // all of it unseen by the framer
  EXPECT_THAT(d.sink.readings("spo2"), Each(Reading::ok(970))) << what;
  EXPECT_THAT(d.sink.readings("pulse"), Each(Reading::ok(800))) << what;
  EXPECT_THAT(d.sink.present(), IsEmpty()) << what;
}

TEST_P(NoninLost, AFrameLostWithoutATraceGivesNoOtherValue) {
  const Data good = three(GetParam(), device_packet());
  for (size_t lost = 25; lost < 50; ++lost) {
    Decoded d;
    decode(GetParam(), without_frames(good, lost), d);
    expect_nothing_wrong(d, "frame " + std::to_string(lost - 24));
    EXPECT_EQ(d.counters.frames_good, 74U) << lost;
    // SYNC lost: nobody knows whether the packet before it was whole.
    EXPECT_EQ(d.sink.readings("spo2").size(), lost == 25 ? 1U : 2U) << lost;
    EXPECT_EQ(d.sink.readings("pleth").size(), 74U) << lost;
  }
}

TEST_P(NoninLost, TwoFramesLostWithoutATraceGiveNoOtherValue) {
  Data good = three(GetParam(), device_packet());
  append(good, bytes_of(GetParam(), device_packet()));
  for (size_t one = 25; one < 75; ++one) {
    for (size_t other = one + 1; other < 75; ++other) {
      Decoded d;
      decode(GetParam(), without_frames(without_frames(good, other), one), d);
      expect_nothing_wrong(d, std::to_string(one) + " and " + std::to_string(other));
      EXPECT_EQ(d.sink.last("spo2"), Reading::ok(970));
    }
  }
}

TEST_P(NoninLost, ABurstOfLostFramesGivesNoOtherValue) {
  Data good = three(GetParam(), device_packet());
  append(good, bytes_of(GetParam(), device_packet()));
  for (size_t first = 25; first < 50; ++first) {
    for (size_t count = 1; count < 25; ++count) {
      Decoded d;
      decode(GetParam(), without_frames(good, first, count), d);
      expect_nothing_wrong(d, std::to_string(count) + " from " + std::to_string(first));
    }
  }
}

TEST_P(NoninLost, AFrameThatCameTwiceGivesNoOtherValue) {
  const Data good = three(GetParam(), device_packet());
  for (size_t frame = 25; frame < 50; ++frame) {
    const auto at = good.begin() + static_cast<ptrdiff_t>(frame * 5);
    Data twice(good.begin(), at + 5);
    twice.insert(twice.end(), at, good.end());
    Decoded d;
    decode(GetParam(), twice, d);
    expect_nothing_wrong(d, "frame " + std::to_string(frame - 24));
    EXPECT_EQ(d.counters.frames_good, 76U) << frame;
    EXPECT_EQ(d.sink.last("spo2"), Reading::ok(970)) << frame;
  }
}

TEST_P(NoninLost, TheMarksOfAPacketWithALostFrameStillCount) {
  Packet off = device_packet();
  off.status.fill(0x08);
  Data data = bytes_of(GetParam(), device_packet());
  append(data, without_frames(bytes_of(GetParam(), off), 2));
  append(data, bytes_of(GetParam(), device_packet(), 1));  // the early SYNC, and then the end
  Decoded d;
  decode(GetParam(), data, d);
  EXPECT_THAT(d.sink.readings("alarm.probe_off"),
              ElementsAre(Reading::ok(0), Reading::ok(1), Reading::ok(0)));
  EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::ok(970)));
}

TEST(NoninLostVector, AFrameLostWithoutATraceGivesNoOtherValue) {
  LL_REQUIRE_VECTOR(text, "nonin_df2/frames.hex");
  const Data captured = hex(text);  // four frames, then a packet's first 21
  Data good = captured;
  for (size_t i = 21; i < 25; ++i) append(good, frame(WaveFormat::df2, 0x80, 80, 0));
  append(good, Data(captured.begin() + 20, captured.end()));
  for (size_t lost = 5; lost < 29; ++lost) {
    Decoded d;
    decode(WaveFormat::df2, without_frames(good, lost), d);
    EXPECT_EQ(d.counters, (sdk::Counters{49, 0, 0})) << lost;
    EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::ok(960))) << lost;
    EXPECT_THAT(d.sink.readings("pulse"), ElementsAre(Reading::ok(740))) << lost;
  }
}

// By count alone the software revision came out as an SpO2 of 20 %: lost without a trace before a
// break that was seen.
TEST_P(NoninLost, ALostAndABrokenFrameOfOnePacketGiveNoOtherValue) {
  Data good = three(GetParam(), device_packet());
  append(good, bytes_of(GetParam(), device_packet()));
  for (size_t lost = 25; lost < 50; ++lost) {
    for (size_t broken = 25; broken < 49; ++broken) {
      Data data = without_frames(good, lost);
      data[broken * 5 + 4] ^= 0x01;
      Decoded d;
      decode(GetParam(), data, d);
      EXPECT_EQ(d.counters.frames_bad, 1U);
      EXPECT_THAT(d.sink.readings("spo2"), Each(Reading::ok(970))) << lost << " and " << broken;
      EXPECT_THAT(d.sink.readings("pulse"), Each(Reading::ok(800))) << lost << " and " << broken;
      EXPECT_THAT(d.sink.present(), IsEmpty()) << lost << " and " << broken;
      EXPECT_EQ(d.sink.readings("spo2").size(), lost == 25 || broken == 25 ? 2U : 3U)
          << lost << " and " << broken;
    }
  }
}

TEST_P(NoninLost, WhatLostItsLockTellsNoValueOfThatPacket) {
  for (size_t broken = 26; broken < 49; ++broken) {
    Data data = three(GetParam(), device_packet());
    data[broken * 5 + 4] ^= 0x01;
    data[broken * 5 + 9] ^= 0x01;
    Decoded d;
    decode(GetParam(), data, d);
    EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::ok(970), Reading::ok(970))) << broken;
    EXPECT_THAT(d.sink.present(), IsEmpty()) << broken;
  }
}

}  // namespace
}  // namespace lamplight
