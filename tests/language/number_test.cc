// Limits and literals are exact: what a nurse writes is what is compared, to the last digit.
#include "rules/language/number.h"

#include <gtest/gtest.h>

#include "rules/language/cursor.h"
#include "rules/language/linear.h"
#include "rules/language/unit.h"

namespace lamplight::rules {
namespace {

Ratio ratio(int64_t num, int64_t den) { return *make_ratio(num, den); }

TEST(Number, RatiosAreInLowestTermsWithAPositiveDenominator) {
  EXPECT_EQ(ratio(6, -4), (Ratio{-3, 2}));
  EXPECT_EQ(ratio(0, -7), (Ratio{0, 1}));
  EXPECT_FALSE(make_ratio(1, 0));
}

// A divisor below zero once turned `a < low + 1 percent` into its opposite.
TEST(Linear, WholeNumbersKeepTheSignsWhateverTheSignsAre) {
  for (int s = -4; s <= 4; ++s) {
    for (int l = -4; l <= 4; ++l) {
      for (int c = -4; c <= 4; ++c) {
        const LinearForm form{{{0, ratio(s, 10)}}, {{0, ratio(l, 1)}}, ratio(c, 2)};
        const auto whole = to_integers(form);
        ASSERT_TRUE(whole);
        const auto same = [&](int64_t found, Ratio given) {
          return compare(*divide(Ratio::of(found), whole->factor), given) == 0;
        };
        EXPECT_GT(compare(whole->factor, Ratio::of(0)), 0) << s << " " << l << " " << c;
        EXPECT_TRUE(same(whole->linear.signals.at(0).coefficient, ratio(s, 10)));
        EXPECT_TRUE(same(whole->linear.limits.at(0).coefficient, ratio(l, 1)));
        EXPECT_TRUE(same(whole->linear.constant, ratio(c, 2)));
        EXPECT_GE(int64_t{s} * whole->linear.signals.at(0).coefficient, 0);
      }
    }
  }
}

TEST(Number, ArithmeticIsExact) {
  EXPECT_EQ(*add(ratio(1, 10), ratio(2, 10)), ratio(3, 10));
  EXPECT_EQ(*subtract(ratio(1, 3), ratio(1, 2)), ratio(-1, 6));
  EXPECT_EQ(*multiply(ratio(-2, 3), ratio(3, 4)), ratio(-1, 2));
  EXPECT_EQ(*divide(ratio(1, 2), ratio(-3, 4)), ratio(-2, 3));
  EXPECT_FALSE(divide(ratio(1, 2), ratio(0, 1)));
}

TEST(Number, WhatDoesNotFitIsAbsentNotWrapped) {
  Ratio huge{1, 1};
  int doublings = 0;
  for (; doublings < 300; ++doublings) {
    const auto next = multiply(huge, Ratio{3, 1});
    if (!next) break;
    huge = *next;
  }
  EXPECT_GT(doublings, 60);
  EXPECT_LT(doublings, 80);
  EXPECT_FALSE(multiply(huge, huge));
  EXPECT_FALSE(add(Ratio{1, huge.num}, Ratio{1, huge.num - 1}));
}

TEST(Number, ComparisonNeverOverflows) {
  const Int128 big = Int128{1} << 119;
  EXPECT_EQ(compare({big, big - 1}, {big - 1, big - 2}), -1);
  EXPECT_EQ(compare({big - 1, big - 2}, {big, big - 1}), 1);
  EXPECT_EQ(compare({-1, 3}, {-1, 3}), 0);
  EXPECT_EQ(compare({-1, 3}, {1, 1000}), -1);
  EXPECT_EQ(compare({7, 2}, {3, 1}), 1);
  EXPECT_EQ(compare({3, 1}, {7, 2}), -1);
  EXPECT_EQ(compare({-7, 2}, {-3, 1}), -1);
}

TEST(Number, FloorCeilingAndRoundingAreRightForNegatives) {
  EXPECT_EQ(static_cast<int>(floor_of({-7, 2})), -4);
  EXPECT_EQ(static_cast<int>(ceil_of({-7, 2})), -3);
  EXPECT_EQ(static_cast<int>(floor_of({-4, 2})), -2);
  EXPECT_EQ(static_cast<int>(round_of({5, 2})), 3);
  EXPECT_EQ(static_cast<int>(round_of({-5, 2})), -3);
  EXPECT_EQ(static_cast<int>(round_of({7, 3})), 2);
  EXPECT_EQ(static_cast<int>(round_of({1, 3})), 0);
}

TEST(Number, TextIsDecimalWithoutTrailingZeros) {
  EXPECT_EQ(to_text(Decimal{9005, 2}), "90.05");
  EXPECT_EQ(to_text(Decimal{9000, 2}), "90");
  EXPECT_EQ(to_text(Decimal{-5, 3}), "-0.005");
  EXPECT_EQ(to_text(Ratio{1, 3}, 3), "0.333");
  EXPECT_EQ(to_text(Ratio{-1, 8}), "-0.125");
}

TEST(Number, DecimalsHaveAtMostEighteenDigits) {
  EXPECT_EQ(read_decimal("90.05"), (Decimal{9005, 2}));
  EXPECT_EQ(read_decimal("000000000000000000000007"), (Decimal{7, 0}));
  EXPECT_TRUE(read_decimal("123456789012345678"));
  EXPECT_FALSE(read_decimal("1234567890123456789"));
  EXPECT_FALSE(read_decimal("0.0000000000000000001"));
}

TEST(Unit, TableIsExact) {
  EXPECT_EQ(find_unit("cmH2O")->scale, ratio(980665, 1000000));
  EXPECT_EQ(find_unit("kPa")->scale, ratio(10, 1));
  EXPECT_EQ(find_unit("mbar")->dimension, find_unit("cmH2O")->dimension);
  EXPECT_EQ(find_unit("bpm")->scale, ratio(1, 60));
  EXPECT_NE(find_unit("bpm")->dimension, find_unit("breaths/min")->dimension);
  EXPECT_EQ(find_unit("L/min")->scale, ratio(1000, 60));
  EXPECT_EQ(find_unit("mL/h")->dimension, find_unit("L/min")->dimension);
  EXPECT_EQ(find_unit("percent*s")->dimension.exponent[0], 1);
  EXPECT_TRUE(find_unit("none")->dimension.is_number());
}

TEST(Unit, WhatIsNotInTheTableDoesNotExist) {
  for (const char* name :
       {"", "percents", "breaths", "mL/", "/h", "mL//h", "mL/breaths", "PERCENT", "s*s*s*s*s"}) {
    EXPECT_FALSE(find_unit(name)) << name;
  }
}

TEST(Unit, DurationsAreWholeNanosecondsOfAtMostAYear) {
  EXPECT_EQ(to_duration({15, 1}, *find_unit("s"))->ns, 1'500'000'000);
  EXPECT_EQ(to_duration({2, 0}, *find_unit("h")), hours(2));
  EXPECT_EQ(to_duration({1, 9}, *find_unit("s"))->ns, 1);
  EXPECT_FALSE(to_duration({1, 10}, *find_unit("s")));
  EXPECT_FALSE(to_duration({367 * 24, 0}, *find_unit("h")));
  EXPECT_FALSE(to_duration({999999999999999999, 0}, *find_unit("h")));
}

}  // namespace
}  // namespace lamplight::rules
