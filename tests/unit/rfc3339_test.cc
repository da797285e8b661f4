// A date in the record must be the same instant to the record, to a nurse's command and to a
// replay, and what is no instant must be none to each of them.
#include "rules/model/rfc3339.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace lamplight {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNoon = 1'772'453'640 * kSecond;  // 2026-03-02T12:14:00Z

void expect_none(std::initializer_list<const char*> texts) {
  for (const char* text : texts) EXPECT_FALSE(parse_rfc3339(text)) << '"' << text << '"';
}

TEST(Rfc3339, ReadsAnInstantWithItsOffset) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00Z"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-02T13:14:00+01:00"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-02T07:14:00-05:00"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-02T17:44:00+05:30"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-03T12:13:00+23:59"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00-00:00"), kNoon);  // RFC 3339, 4.3: zone not known
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999999999Z"), -1);
}

TEST(Rfc3339, SmallLettersAndABlankAreTheRfcs) {
  EXPECT_EQ(parse_rfc3339("2026-03-02t12:14:00z"), kNoon);
  EXPECT_EQ(parse_rfc3339("2026-03-02 12:14:00Z"), kNoon);
  expect_none({"2026-03-02_12:14:00Z", "2026-03-0212:14:00Z", "2026-03-02  12:14:00Z"});
}

TEST(Rfc3339, WithoutAnOffsetThereIsNoInstant) {
  expect_none({"2026-03-02T12:14:00", "2026-03-02T12:14:00.5", "2026-03-02T12:14:00+",
               "2026-03-02T12:14:00+01", "2026-03-02T12:14:00+1:00", "2026-03-02T12:14:00+0100",
               "2026-03-02T12:14:00+24:00", "2026-03-02T12:14:00+01:60",
               "2026-03-02T12:14:00+99:99", "2026-03-02T12:14:00 +01:00",
               "2026-03-02T12:14:00UTC"});
}

TEST(Rfc3339, AFractionHasOneToNineDigits) {
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00.5Z"), kNoon + kSecond / 2);
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00.05Z"), kNoon + kSecond / 20);
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00.000000001+00:00"), kNoon + 1);
  EXPECT_EQ(parse_rfc3339("2026-03-02T12:14:00.123456789Z"), kNoon + 123'456'789);
  expect_none({"2026-03-02T12:14:00.Z", "2026-03-02T12:14:00.0000000001Z",
               "2026-03-02T12:14:00.1234567890Z", "2026-03-02T12:14:00,5Z",
               "2026-03-02T12:14:00. 5Z", "2026-03-02T12:14:00.-5Z"});
}

TEST(Rfc3339, ALeapSecondIsTheNextSecondsBeginning) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60.5Z"), parse_rfc3339("2017-01-01T00:00:00.5Z"));
  EXPECT_EQ(parse_rfc3339("2017-01-01T00:59:60+01:00"), parse_rfc3339("2017-01-01T00:00:00Z"));
  expect_none({"2016-12-31T23:59:61Z", "2016-12-31T23:60:00Z"});
}

TEST(Rfc3339, ADayEndsAtItsLastSecond) {
  expect_none({"2026-03-02T24:00:00Z", "2026-03-02T24:00:01Z", "2026-03-02T25:00:00Z"});
}

TEST(Rfc3339, KnowsTheLengthOfEveryMonth) {
  EXPECT_EQ(parse_rfc3339("2000-02-29T00:00:00Z"), 951'782'400 * kSecond);
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
  expect_none({"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
               "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z", "2026-12-32T00:00:00Z",
               "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-00T00:00:00Z"});
}

TEST(Rfc3339, YearsAreThoseThatNanosecondsHold) {
  EXPECT_EQ(parse_rfc3339("1678-01-01T00:00:00Z"), days_of({1678, 1, 1}) * 86'400 * kSecond);
  const auto last = parse_rfc3339("2261-12-31T23:59:60.999999999-23:59");
  ASSERT_TRUE(last);
  EXPECT_GT(*last, 0);
  expect_none({"1677-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
               "9999-12-31T23:59:59Z", "+2026-03-02T12:14:00Z", "12026-03-02T12:14:00Z",
               "-026-03-02T12:14:00Z"});
}

TEST(Rfc3339, NothingElseIsAnInstant) {
  expect_none({"", " ", "2026", "2026-03-02", "12:14:00Z", "now", "2026-03-02T12:14Z",
               "2026-3-02T12:14:00Z", "2026/03/02T12:14:00Z", "2026-03-02T12-14-00Z",
               " 2026-03-02T12:14:00Z", "2026-03-02T12:14:00Z ", "2026-03-02T12:14:00Zx",
               "2026-03-02T+1:14:00Z", "2026-03-02T12:14:00ZZ"});
  std::string with_zero = "2026-03-02T12:14:00Z";
  with_zero.push_back('\0');
  EXPECT_FALSE(parse_rfc3339(with_zero));
  // Every beginning of a good one.
  const std::string_view good = "2026-03-02T12:14:00.25+01:00";
  for (size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(parse_rfc3339(good.substr(0, n))) << n;
  EXPECT_TRUE(parse_rfc3339(good));
}

TEST(Rfc3339, IsWrittenInUtcWithAsManyDigitsAsAskedAndReadsBack) {
  EXPECT_EQ(format_rfc3339(0, 3), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(-1, 3), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(kNoon + 125'999'999, 3), "2026-03-02T12:14:00.125Z");  // cut
  EXPECT_EQ(format_rfc3339(kNoon + 125'999'999, 9), "2026-03-02T12:14:00.125999999Z");
  for (int64_t year = 1678; year <= 2261; ++year) {
    const int64_t first = days_of({year, 1, 1});
    for (const int64_t day : {first - 1, first, first + 58, first + 59, first + 60}) {
      const CivilDate date = civil_date(day);
      ASSERT_EQ(days_of(date), day);
      if (date.year < 1678) continue;
      const int64_t ns = day * 86'400 * kSecond + 43'199 * kSecond + 7;
      ASSERT_EQ(parse_rfc3339(format_rfc3339(ns, 9)), ns) << format_rfc3339(ns, 9);
    }
  }
}

}  // namespace
}  // namespace lamplight
