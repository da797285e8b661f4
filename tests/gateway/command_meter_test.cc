// A broker that floods must cost neither the ring of inputs nor the history, and a nurse's
// acknowledgement must arrive whatever else is sent.
#include "gateway/command_meter.h"

#include <gtest/gtest.h>

#include "rules/model/limits.h"

namespace lamplight {
namespace {

constexpr MonoTime kNow{5'000'000'000};  // five seconds after the box began

TEST(CommandMeter, ABurstIsTakenAndItsExcessIsDroppedAndCounted) {
  CommandMeter meter;
  for (int i = 0; i < 120; ++i) EXPECT_TRUE(meter.take(kNow, true, 300)) << i;
  EXPECT_FALSE(meter.is_flooding(kNow));
  EXPECT_FALSE(meter.take(kNow, true, 300));
  EXPECT_TRUE(meter.is_flooding(kNow));
  EXPECT_EQ(meter.dropped(), 1U);
  EXPECT_FALSE(meter.take(kNow + milliseconds(999), true, 300));
  EXPECT_TRUE(meter.take(kNow + seconds(1), true, 300));
  EXPECT_TRUE(meter.is_flooding(kNow + seconds(60)));
  EXPECT_FALSE(meter.is_flooding(kNow + seconds(61)));
  EXPECT_EQ(meter.dropped(), 2U);
}

TEST(CommandMeter, AnAcknowledgementASecondPassesForEverWhateverElseIsSent) {
  CommandMeter meter;
  int64_t others = 0;
  for (int64_t s = 0; s < 3600; ++s) {
    for (int64_t i = 0; i < 100; ++i) {
      others += meter.take(kNow + seconds(s) + milliseconds(10 * i), false, 200) ? 1 : 0;
    }
    ASSERT_TRUE(meter.take(kNow + seconds(s) + milliseconds(999), true, 1000)) << s;
  }
  EXPECT_LE(others, 120 + 2 * 3600);
  EXPECT_GE(others, 2 * 3600);
}

TEST(CommandMeter, AFloodOfLargeOnesLeavesTheRingToTheSamples) {
  // A hundred a second of the largest, of both kinds, for as long as a snapshot takes to come.
  CommandMeter meter;
  size_t bytes = 0;
  for (int64_t ms = 0; ms < 10'000; ms += 10) {
    for (const bool is_acknowledgement : {false, true}) {
      if (!meter.take(kNow + milliseconds(ms), is_acknowledgement, limits::kCommandBytesMax)) {
        continue;
      }
      bytes += limits::kCommandBytesMax;
    }
  }
  EXPECT_LE(bytes, limits::kInputRingBytes / 8);
  EXPECT_GE(bytes, 40 * limits::kCommandBytesMax) << "a few large ones are nothing unusual";
}

TEST(CommandMeter, WhatWasDroppedIsNotPaidFor) {
  CommandMeter meter;
  for (int i = 0; i < 100'000; ++i) (void)meter.take(kNow, true, 300);
  EXPECT_TRUE(meter.take(kNow + seconds(1), true, 300));
}

}  // namespace
}  // namespace lamplight
