// What must hold: the simulated CMS50 sends the bytes of its two specifications, and V7.0 only
// while somebody keeps it alive. Expected bytes were worked out by hand.
#include <gmock/gmock.h>

#include "firmware-sim/device_cms50.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Bytes kStart = hex("7D 81 A1 80 80 80 80 80 80");
const Bytes kKeepAlive = hex("7D 81 AF 80 80 80 80 80 80");

TEST(Cms50, PacksTheOldStream) {
  Cms50State state{.spo2 = 98, .pulse = 200, .pleth = 0x32};
  EXPECT_THAT(cms50_uart(state), ElementsAre(0x87, 0x32, 0x46, 0x48, 0x62));
  state.low = true;
  EXPECT_THAT(cms50_uart(state), ElementsAre(0xA7, 0x32, 0x46, 0x48, 0x62));
  EXPECT_THAT(cms50_uart({.probe_error = true}), ElementsAre(0x80, 0x00, 0x50, 0x7F, 0x7F));
}

TEST(Cms50, PacksV7WithItsHighBitsInByteOne) {
  const Cms50State state{.spo2 = 98, .pulse = 200, .pleth = 0x32, .perfusion = 360};
  EXPECT_THAT(cms50_live(state), ElementsAre(0x01, 0x88, 0x87, 0xB2, 0x86, 0xC8, 0xE2, 0xE8, 0x81));
  EXPECT_THAT(cms50_live({.probe_error = true}),
              ElementsAre(0x01, 0xE9, 0x80, 0xC0, 0x98, 0xFF, 0xFF, 0xFF, 0xFF));
}

TEST(Cms50, TheOldOneSendsSixtyASecondUnasked) {
  Bench b("cms50", Role::oximeter);
  b.run_to(milliseconds(9'999));
  EXPECT_EQ(b.sent.size(), 600U);
}

TEST(Cms50, WhatItCannotShowIsItsLastNumberInBytesAndTruth) {
  Bench b("cms50", Role::oximeter);
  ASSERT_TRUE(b.say("set pulse 300"));
  b.run_to(seconds(1));
  EXPECT_EQ(b.sent.back().bytes[3] | (b.sent.back().bytes[2] & 0x40) << 1, 254);
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("pulse":254)"));
}

TEST(Cms50, V7StartsWhenToldAndStopsWhenForgotten) {
  Bench b("cms50-v7", Role::oximeter);
  b.run_to(seconds(5));
  EXPECT_TRUE(b.sent.empty());
  b.device->receive(b.now, 0, kStart);
  b.run_to(seconds(14));
  EXPECT_GT(b.sent.size(), 500U);
  b.device->receive(b.now, 0, kKeepAlive);
  b.run_to(seconds(23));
  const size_t alive = b.sent.size();
  EXPECT_GT(alive, 1000U);
  b.run_to(seconds(40));
  EXPECT_LT(b.sent.size(), alive + 100);
  b.device->receive(b.now, 0, hex("7D 81 A2 80 80 80 80 80 80"));
  EXPECT_EQ(b.sent.back().bytes, hex("0C 80"));
}

TEST(Cms50, ConditionsAreInBytesAndInTheTruth) {
  Bench b("cms50", Role::oximeter, {}, false);
  ASSERT_TRUE(b.say("condition oximeter probe_off on"));
  b.run_to(seconds(1));
  EXPECT_EQ(b.sent.back().bytes[2] & 0x10, 0x10);
  EXPECT_EQ(b.sent.back().bytes[4], 0x7F);
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("spo2":null)"));
  ASSERT_TRUE(b.say("condition oximeter probe_off off"));
  ASSERT_TRUE(b.say("condition oximeter searching on"));
  ASSERT_TRUE(b.say("condition oximeter desaturation on"));
  b.run_to(seconds(2));
  EXPECT_EQ(b.sent.back().bytes[2] & 0x20, 0x20);
  EXPECT_EQ(b.sent.back().bytes[0] & 0x20, 0x20);
  EXPECT_THAT(b.say("silenced oximeter on").error(), HasSubstr("no bit"));
}

}  // namespace
}  // namespace lamplight::sim
