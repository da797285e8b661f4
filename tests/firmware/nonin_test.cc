// What must hold: the simulated Nonin sends the bytes of the OEM specification: seven-bit packing,
// checksums, BCD dates, sentinels, held display values. Expected bytes were worked out by hand.
#include <gmock/gmock.h>

#include "firmware-sim/nonin_format.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NoninPacket packet(std::optional<int32_t> hr, std::optional<int32_t> spo2) {
  NoninPacket p;
  p.hr = p.hr_display = hr;
  p.spo2 = p.spo2_display = spo2;
  return p;
}

TEST(Nonin, PacksTheRateSevenBitsAByte) {
  EXPECT_EQ(nonin_float(packet(74, 96), 1), 0x00);
  EXPECT_EQ(nonin_float(packet(74, 96), 2), 0x4A);
  EXPECT_EQ(nonin_float(packet(74, 96), 3), 0x60);
  EXPECT_EQ(nonin_float(packet(200, 96), 1), 0x01);  // 200 = 1 * 128 + 72
  EXPECT_EQ(nonin_float(packet(200, 96), 2), 0x48);
  EXPECT_EQ(nonin_float(packet(321, 96), 14), 0x02);  // 2 * 128 + 65
  EXPECT_EQ(nonin_float(packet(321, 96), 15), 0x41);
}

TEST(Nonin, NoReadingIs511And127) {
  const NoninPacket p = packet(std::nullopt, std::nullopt);
  EXPECT_EQ(nonin_float(p, 1), 0x03);
  EXPECT_EQ(nonin_float(p, 2), 0x7F);
  EXPECT_EQ(nonin_float(p, 3), 127);
  EXPECT_EQ(nonin_float(p, 20), 0x03);
  EXPECT_EQ(nonin_float(p, 9), 127);
}

TEST(Nonin, ReservedBitsMayHoldAnythingButNeverTouchTheRate) {
  NoninPacket p = packet(200, 96);
  p.reserved = 0xFF;
  EXPECT_EQ(nonin_float(p, 1), 0x7D);
  EXPECT_EQ(nonin_float(p, 1) & 0x03, 0x01);
}

TEST(Nonin, TimerIsTwoTimesSevenBits) {
  NoninPacket p = packet(74, 96);
  p.timer = 23;
  EXPECT_EQ(nonin_float(p, 6), 0);
  EXPECT_EQ(nonin_float(p, 7), 23);
  p.timer = 300;
  EXPECT_EQ(nonin_float(p, 6), 2);
  EXPECT_EQ(nonin_float(p, 7), 44);
}

TEST(Nonin, Format2FrameEndsWithItsSum) {
  NoninStatus s;
  s.sync = true;
  EXPECT_THAT(nonin_df2(nonin_status(s), 67, 0x00), ElementsAre(0x01, 0x81, 0x43, 0x00, 0xC5));
  EXPECT_THAT(nonin_df2(0x80, 87, 0x00), ElementsAre(0x01, 0x80, 0x57, 0x00, 0xD8));
}

TEST(Nonin, Format7FrameCarriesSixteenBitsOfPleth) {
  EXPECT_THAT(nonin_df7(0x80, 0x1234, 0x4A), ElementsAre(0x80, 0x12, 0x34, 0x4A, 0x10));
}

TEST(Nonin, StatusBitsAreWhereTheTableHasThem) {
  EXPECT_EQ(nonin_status({.sensor_disconnected = true}), 0xC0);
  EXPECT_EQ(nonin_status({.artefact = true}), 0xA0);
  EXPECT_EQ(nonin_status({.out_of_track = true}), 0x90);
  EXPECT_EQ(nonin_status({.sensor_alarm = true}), 0x88);
  EXPECT_EQ(nonin_status({.red = true}), 0x84);
  EXPECT_EQ(nonin_status({.green = true}), 0x82);
}

TEST(Nonin, Format8Bytes) {
  NoninDf8 f;
  f.hr = 200;
  f.spo2 = 97;
  EXPECT_THAT(nonin_df8(f), ElementsAre(0x81, 0x48, 97, 0x20));
  NoninDf8 off;
  off.status.sensor_alarm = true;
  off.low_battery = true;
  EXPECT_THAT(nonin_df8(off), ElementsAre(0x83, 0x7F, 0x7F, 0x29));
}

TEST(Nonin, Format13IsBcdWithASumOverItsData) {
  NoninDf13 f;
  f.when = {2026, 11, 22, 6, 44, 17};
  f.hr = 300;
  f.spo2 = 96;
  EXPECT_EQ(nonin_df13(f),
            hex("00 02 00 0D 00 0E 20 26 11 22 06 44 17 00 02 00 01 2C 00 60 69 03"));
  f.hr.reset();
  EXPECT_EQ(nonin_df13(f),
            hex("00 02 00 0D 00 0E 20 26 11 22 06 44 17 00 03 00 01 FF 00 7F 5C 03"));
}

TEST(Nonin, AsciiLine) {
  EXPECT_EQ(nonin_ascii(97, 118), "SPO2=097 HR=118\r\n");
  EXPECT_EQ(nonin_ascii(std::nullopt, 118), "SPO2=--- HR=---\r\n");
}

TEST(Nonin, SeventyFiveFramesASecondThreeSyncs) {
  for (const char* kind : {"nonin-df2", "nonin-df7"}) {
    Bench b(kind, Role::oximeter);
    b.run_to(milliseconds(59'999));
    ASSERT_EQ(b.sent.size(), 60U * 75U) << kind;
    const size_t status_at = kind[8] == '2' ? 1 : 0;
    size_t syncs = 0;
    for (const SentFrame& f : b.sent) syncs += f.bytes[status_at] & 1U;
    EXPECT_EQ(syncs, 180U) << kind;
  }
}

TEST(Nonin, PerfusionBitsStandForTwelveFramesAPulse) {
  Bench b("nonin-df2", Role::oximeter);
  ASSERT_TRUE(b.say("set pulse 120"));
  b.run_to(seconds(10));
  size_t green = 0;
  for (const SentFrame& f : b.sent) green += (f.bytes[1] & 0x06) == 0x02 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(green), 20 * 12, 12);
}

TEST(Nonin, DisplayValuesOutliveTheFingerTenSecondsRecordingValuesDoNot) {
  Bench b("nonin-df2", Role::oximeter);
  ASSERT_TRUE(b.say("set spo2 96"));
  b.run_to(seconds(3));
  ASSERT_TRUE(b.say("condition oximeter probe_off on"));
  const auto floats_of_last_packet = [&] {
    size_t at = b.sent.size();
    while ((b.sent[--at].bytes[1] & 1) == 0) {
    }
    return std::pair(b.sent[at - 25 + 2].bytes[3], b.sent[at - 25 + 8].bytes[3]);
  };
  b.run_to(seconds(9));
  EXPECT_EQ(floats_of_last_packet(), std::pair(uint8_t{127}, uint8_t{96}));
  EXPECT_NE(b.sent.back().bytes[1] & 0x08, 0);  // SNSA
  b.run_to(seconds(15));
  EXPECT_EQ(floats_of_last_packet(), std::pair(uint8_t{127}, uint8_t{127}));
}

TEST(Nonin, ChangesItsFormatOnlyWithinFiveSecondsOfConnecting) {
  Bench b("nonin-df13", Role::oximeter);
  const Bytes to_df8 = hex("02 70 02 02 08 03");
  b.device->connected(b.now);
  b.run_to(seconds(4));
  b.sent.clear();
  b.device->receive(b.now, 0, to_df8);
  ASSERT_EQ(b.sent.size(), 1U);
  EXPECT_EQ(b.sent[0].bytes, hex("06"));
  b.run_to(seconds(6));
  EXPECT_EQ(b.sent.back().bytes.size(), 4U);
  b.sent.clear();
  b.device->receive(b.now, 0, hex("02 70 02 02 02 03"));
  EXPECT_EQ(b.sent[0].bytes, hex("15"));
}

TEST(Nonin, TellsItsTime) {
  Bench b("nonin-df2", Role::oximeter);
  b.device->receive(b.now, 0, hex("FF 02 72 00 03"));
  ASSERT_EQ(b.sent.size(), 1U);
  EXPECT_EQ(b.sent[0].bytes, hex("02 F2 06 10 02 16 16 2F 2D 03"));  // 2016-02-22 22:47:45
}

}  // namespace
}  // namespace lamplight::sim
