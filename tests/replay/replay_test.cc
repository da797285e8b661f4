// Replay must say exactly what would have been said live, in a fixed form, and nothing at all when
// the input is not what it claims to be: a nurse decides on limits by what it prints.
#include "rules/replay/replay.h"

#include <gtest/gtest.h>

#include "rules/replay/csv.h"
#include "tests/engine/programs.h"

namespace lamplight::replay {
namespace {

using engine::torture_program;

std::string rows(int a, int b, const std::string& cell) {
  std::string text;
  for (int t = a; t <= b; ++t) text += std::to_string(t) + "," + cell + "\n";
  return text;
}

ReplayResult run(const std::string& csv, std::optional<std::string> until = {},
                 std::optional<std::string> wall = {}) {
  CsvReplay request;
  request.csv = csv;
  request.until = std::move(until);
  request.wall = std::move(wall);
  return replay_csv(torture_program(), request);
}

// "t alarm event" of each line.
std::vector<std::string> story(const std::string& out) {
  std::vector<std::string> lines;
  size_t at = 0;
  const auto field = [&](const std::string& line, const std::string& key) {
    const size_t start = line.find("\"" + key + "\":") + key.size() + 3;
    std::string value = line.substr(start, line.find(',', start) - start);
    std::erase(value, '"');
    return value;
  };
  while (at < out.size()) {
    const size_t end = out.find('\n', at);
    const std::string line = out.substr(at, end - at);
    lines.push_back(field(line, "t") + " " + field(line, "alarm") + " " + field(line, "event"));
    at = end + 1;
  }
  return lines;
}

using Story = std::vector<std::string>;

TEST(Replay, PrintsTheEventWithEvidenceInAFixedOrderOfKeys) {
  const auto r = run("t,spo2\n" + rows(0, 9, "97") + rows(10, 20, "88"));
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_EQ(r.out,
            "{\"t\":20,\"alarm\":\"low\",\"event\":\"raised\",\"priority\":\"high\",\"evidence\":"
            "{\"held\":10,\"atoms\":[{\"text\":\"spo2 < 90 percent\",\"truth\":\"T\",\"since\":10,"
            "\"worst\":88,\"last\":88,\"samples\":11}],\"reasons\":[]}}\n");
}

TEST(Replay, RunsTheTortureTraceT1c) {
  const auto r = run(
      "t,spo2\n" + rows(0, 9, "97") + rows(10, 29, "88") + "30,probe_off\n" + rows(60, 90, "95"),
      "600");
  EXPECT_EQ(story(r.out),
            (Story{"20 low raised", "30 low unconfirmed", "50 lost.spo2 raised", "60 low confirmed",
                   "65 low cleared", "65 lost.spo2 cleared", "115 lost.spo2 raised"}));
  EXPECT_NE(r.out.find("\"reasons\":[\"probe_off\"]"), std::string::npos);
}

TEST(Replay, AnEmptyCellIsNoSampleAndTheValueHoldsUntilItIsStale) {
  const std::string start = "t,spo2\n" + rows(0, 9, "97") + rows(10, 14, "88");
  EXPECT_EQ(story(run(start + rows(15, 17, "") + rows(18, 30, "88")).out),
            (Story{"20 low raised"}));
  EXPECT_EQ(story(run(start + rows(15, 24, "") + rows(25, 40, "88")).out),
            (Story{"35 low raised"}));
}

TEST(Replay, SignalsNotInTheHeaderAreNeverSampled) {
  EXPECT_EQ(story(run("t\n0\n", "600").out), (Story{"20 lost.spo2 raised"}));
  EXPECT_EQ(story(run("t,spo2\n", "600").out), (Story{"20 lost.spo2 raised"}));
}

TEST(Replay, ColumnsMayBeNamedByPathAndUnboundPathsAreSkipped) {
  const auto r = run("t,pump.rate,oximeter.spo2\n0,whatever,88\n4,,88\n8,1e5,88\n10,,88\n");
  EXPECT_EQ(story(r.out), (Story{"10 low raised"})) << r.err;
}

TEST(Replay, LineEndsAndDecimalsOfEitherKindAreRead) {
  const auto r = run("t,spo2\r\n0.4,88.0\r\n4.4,88\r\n8.4,88\r\n10.4,88");
  EXPECT_EQ(story(r.out), (Story{"10.4 low raised"})) << r.err;
}

// As a spreadsheet saves it.
TEST(Replay, AByteOrderMarkBeforeTheHeaderIsNoPartOfIt) {
  const auto r = run("\xEF\xBB\xBFt,spo2\r\n0.4,88\r\n4.4,88\r\n8.4,88\r\n10.4,88\r\n");
  EXPECT_EQ(story(r.out), (Story{"10.4 low raised"})) << r.err;
}

TEST(Replay, ANumberOutsideTheRangeIsUnknownNotHigh) {
  const auto r = run("t,spo2\n" + rows(0, 9, "97") + rows(10, 30, "255"));
  EXPECT_EQ(story(r.out), (Story{"30 lost.spo2 raised"}));
  EXPECT_NE(r.out.find("\"reasons\":[\"out_of_range\"]"), std::string::npos);
  EXPECT_EQ(story(run("t,spo2\n" + rows(0, 20, "99999999999")).out),
            (Story{"20 lost.spo2 raised"}));
}

struct Bad {
  const char* name;
  std::string csv;
  const char* where;
};

class BadCsv : public ::testing::TestWithParam<Bad> {};

TEST_P(BadCsv, EndsWithTwoAPlaceAndNoEventLines) {
  const std::string good = "t,spo2\n" + rows(0, 20, "88");  // would ring at 10
  const Bad& bad = GetParam();
  const auto r = run(bad.csv.starts_with("t") || bad.csv.starts_with("\"") || bad.csv.empty() ||
                             bad.csv.starts_with("x")
                         ? bad.csv
                         : good + bad.csv);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_EQ(r.out, "");
  EXPECT_NE(r.err.find(bad.where), std::string::npos) << r.err;
}

INSTANTIATE_TEST_SUITE_P(
    T5d, BadCsv,
    ::testing::Values(
        Bad{"NaN", "21,NaN\n", "IN.csv:23:4:"}, Bad{"Tail", "21,88x\n", "IN.csv:23:4:"},
        Bad{"Dash", "21,-\n", ":23:4:"}, Bad{"Short", "21\n", ":23:3:"},
        Bad{"Long", "21,88,1\n", ":23:7:"}, Bad{"TimeFalls", "20,88\n", ":23:1:"},
        Bad{"BadTime", "2x,88\n", ":23:1:"}, Bad{"TenDigits", "21.1234567891,88\n", ":23:1:"},
        Bad{"NoMultiple", "21,88.5\n", ":23:4:"}, Bad{"Quoted", "21,\"88\"\n", ":23:"},
        Bad{"Space", "21, 88\n", ":23:4:"}, Bad{"Exponent", "21,8e1\n", ":23:4:"},
        Bad{"Plus", "21,+88\n", ":23:4:"}, Bad{"Point", "21,88.\n", ":23:4:"},
        Bad{"Conclusion", "21,stale\n", ":23:4:"}, Bad{"Blank", "\n", ":23:1:"},
        Bad{"Huge", "21,1234567890123456789\n", ":23:4:"}, Bad{"Far", "99999999999,88\n", ":23:1:"},
        Bad{"UnknownName", "t,spo3\n0,1\n", "IN.csv:1:3:"},
        Bad{"Twice", "t,spo2,oximeter.spo2\n0,1,1\n", ":1:8:"}, Bad{"NoHeader", "x\n", ":1:1:"},
        Bad{"Empty", "", ":1:1:"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Replay, UsageMistakesAreToldAndPrintNothing) {
  EXPECT_EQ(run("t,spo2\n0,97\n", "soon").exit_code, 2);
  EXPECT_EQ(run("t,spo2\n0,97\n", {}, "yesterday").exit_code, 2);
}

TEST(Replay, WithoutAWallTimeTheBaseLimitsHold) {
  const std::string csv = "t,spo2\n" + rows(0, 30, "89");
  EXPECT_EQ(story(run(csv).out), (Story{"10 low raised"}));
  EXPECT_EQ(story(run(csv, {}, "2026-03-02T12:00:00Z").out), (Story{"10 low raised"}));
  EXPECT_EQ(story(run(csv, {}, "2026-03-02T23:00:00Z").out), Story{});
}

TEST(Replay, AProfileSwitchesAtItsInstantBetweenRows) {
  // 06:59:44.5: night ends 15.5 s after the first row, 89 is low from then on.
  const std::string csv = "t,spo2\n" + rows(0, 40, "89");
  EXPECT_EQ(story(run(csv, {}, "2026-03-02T06:59:44.5Z").out), (Story{"25.5 low raised"}));
  // 21:00 comes after 5 s: the run that had begun ends.
  EXPECT_EQ(story(run(csv, {}, "2026-03-02T20:59:55Z").out), Story{});
}

TEST(Wall, CivilTimeThatJumpsIsLookedUpAnew) {
  // A zone that jumps from 01:00 to 02:00 UTC+1 at unix 3600: night (21:00..07:00) then ends an
  // hour earlier in UTC.
  const auto program = torture_program();
  const auto jumping = [](int64_t unix) { return utc_time(unix >= 3600 ? unix + 3600 : unix); };
  const ProfileClock clock(program, jumping, 0, 0);
  EXPECT_EQ(clock.active_at(0), 1U);
  EXPECT_EQ(clock.next_switch(0, INT64_MAX / 2), 6 * 3600 * engine::kSecond);
  const ProfileClock plain(program, utc_time, 0, 0);
  EXPECT_EQ(plain.next_switch(0, INT64_MAX / 2), 7 * 3600 * engine::kSecond);
  EXPECT_EQ(plain.next_switch(0, 5), 5);
}

TEST(Wall, WhatIsNoInstantIsToldWithOne) {
  EXPECT_EQ(parse_wall("2026-03-02T02:14:08.5+01:00").value(), 1'772'414'048'500'000'000);
  EXPECT_EQ(parse_wall("2026-03-02 25:00").error(),
            "`2026-03-02 25:00` is no time such as 2026-03-02T21:00:00+01:00");
}

TEST(Wall, KnowsTheDayOfTheWeek) {
  EXPECT_EQ(utc_time(0).weekday, 3);  // a thursday
  EXPECT_EQ(utc_time(-1).weekday, 2);
  EXPECT_EQ(utc_time(-1).second_of_day, 86'399);
  EXPECT_EQ(utc_time(4 * 86'400).weekday, 0);
}

}  // namespace
}  // namespace lamplight::replay
