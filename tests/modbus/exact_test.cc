// Scaling must be exact on every build, or a child's pressure differs by the compiler.
#include "drivers/modbus/exact.h"

#include <gtest/gtest.h>

#include "drivers/modbus/registers.h"

namespace lamplight::modbus {
namespace {

TEST(Fraction, ReadsExactDecimalsAndNothingElse) {
  EXPECT_EQ(parse_fraction("0.1")->den, 10);
  EXPECT_EQ(parse_fraction("-12.5")->num, -25);
  EXPECT_EQ(parse_fraction("1")->num, 1);
  for (const char* bad : {"", ".", "1.", ".5", "1e3", "0.1.2", "- 1", "NaN", "1234567", "+1"}) {
    EXPECT_FALSE(parse_fraction(bad)) << bad;
  }
}

TEST(Scaling, RoundsHalfAwayFromZero) {
  const Scaling tenth{1, 10, 0, 1};
  EXPECT_EQ(*apply(tenth, 4), 0);
  EXPECT_EQ(*apply(tenth, 5), 1);
  EXPECT_EQ(*apply(tenth, -5), -1);
  EXPECT_EQ(*apply(tenth, -4), 0);
}

TEST(Scaling, RefusesWhatNoSampleCanHold) {
  EXPECT_FALSE(apply({1, 1, 0, 1}, (int64_t{1} << 30) + 1));
  EXPECT_TRUE(apply({1, 1, 0, 1}, int64_t{1} << 30));
  EXPECT_FALSE(apply({1000000000, 1, 0, 1}, int64_t{1} << 53));
}

TEST(Units, ConvertPressureExactly) {
  // 1 cmH2O = 0.980665 hPa: 98.0665 hPa are 100 cmH2O.
  const auto factor = unit_factor("hPa", "cmH2O");
  ASSERT_TRUE(factor);
  EXPECT_EQ(factor->num * 980665, factor->den * 1000000);
  EXPECT_FALSE(unit_factor("mL", "cmH2O"));
}

TEST(Floats, DecodeTheSameInEveryWordOrder) {
  const Scaling one{1, 1, 0, 1};
  EXPECT_EQ(*apply_float(one, wide(0x47F1, 0x2000, WordOrder::abcd)), 123456);
  EXPECT_EQ(*apply_float(one, wide(0x2000, 0x47F1, WordOrder::cdab)), 123456);
  EXPECT_EQ(*apply_float(one, wide(0xF147, 0x0020, WordOrder::badc)), 123456);
  EXPECT_EQ(*apply_float(one, wide(0x0020, 0xF147, WordOrder::dcba)), 123456);
}

TEST(Floats, NeverLetNotANumberOut) {
  const Scaling one{1, 1, 0, 1};
  for (const uint32_t bits : {0x7FC00000U, 0x7F800000U, 0xFF800000U, 0x7F800001U}) {
    EXPECT_FALSE(apply_float(one, bits)) << bits;
  }
  EXPECT_FALSE(apply_float(one, 0x7F7FFFFF));               // the largest number
  EXPECT_EQ(*apply_float(one, 0x00000001), 0);              // the smallest one
  EXPECT_EQ(*apply_float({10, 1, 0, 1}, 0xBFC00000), -15);  // -1.5 in tenths
}

}  // namespace
}  // namespace lamplight::modbus
