// A `.test` file fails when the engine does something else than it says, and tells a person what
// was expected and what was seen.
#include "rules/language/test_runner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rules/language/feed.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

TestOutcome run(const std::string& cases,
                const std::string& rules = "tests/language/data/torture.rules",
                const std::string& title = "torture") {
  const std::vector<SourceText> texts = {source(rules)};
  return run_tests(texts, {"t.test", "tests 1 for \"" + title + "\"\n" + cases});
}

std::string failures(const TestOutcome& outcome) {
  std::string out;
  for (const Diagnostic& d : outcome.diagnostics) {
    if (d.gravity == Gravity::error) out += render(d);
  }
  for (const CaseOutcome& one : outcome.cases) {
    for (const std::string& f : one.failures) out += f + "\n";
  }
  return out;
}

bool passes(const std::string& lines) {
  const TestOutcome outcome = run("test \"x\"\n" + lines);
  EXPECT_EQ(outcome.cases.size(), 1U) << failures(outcome);
  return !outcome.cases.empty() && outcome.cases[0].passed;
}

TEST(TestRunner, TheTortureCasesThatAreTestsHold) {
  const std::vector<SourceText> rules = {source("tests/language/data/torture.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/torture.test"));
  EXPECT_GE(outcome.cases.size(), 12U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, TheDemosTestsHold) {
  const std::vector<SourceText> rules = {source("packaging/demo/home.rules")};
  const auto outcome = run_tests(rules, source("packaging/demo/home.test"));
  EXPECT_GE(outcome.cases.size(), 19U);
  EXPECT_EQ(failures(outcome), "");
}

constexpr std::string_view kLow = "  spo2: 97 for 10 s, 88 for 20 s, 97 for 10 s\n";  // 20, 35

TEST(TestRunner, ExpectClaimsExactlyTheEventsOfTheKindsItNames) {
  const std::string low(kLow);
  EXPECT_TRUE(passes(low + "  expect low raised at 20 s, cleared at 35 s\n"));
  EXPECT_TRUE(passes(low + "  expect low raised\n"));
  EXPECT_TRUE(passes(low + "  expect low cleared at 35 s\n"));
  EXPECT_TRUE(passes(low + "  expect low raised, never worsened\n"));
  EXPECT_TRUE(passes(low + "  expect low count 1\n"));
  EXPECT_FALSE(passes(low + "  expect low raised at 20.000000001 s\n"));
  EXPECT_FALSE(passes(low + "  expect low cleared, raised\n"));
  EXPECT_FALSE(passes(low + "  expect low raised, raised\n"));
  EXPECT_FALSE(passes(low + "  expect low never raised\n"));
  EXPECT_FALSE(passes(low + "  expect low raised, never cleared\n"));
  EXPECT_FALSE(passes(low + "  expect low count 2\n"));
  EXPECT_FALSE(passes(low + "  expect low count 0\n"));
  EXPECT_FALSE(passes(low + "  expect nothing\n"));
  EXPECT_FALSE(passes(low + "  expect lost spo2 raised\n"));
}

TEST(TestRunner, SaysWhatWasExpectedAndWhatWasSeen) {
  const auto outcome = run("test \"x\"\n" + std::string(kLow) + "  expect low raised at 21 s\n");
  EXPECT_EQ(failures(outcome),
            "  expected  low raised at 21 s\n"
            "  seen      low raised at 20 s\n"
            "  timeline:\n"
            "          20 s  low raised (high)\n"
            "          35 s  low cleared (high)\n\n");
}

TEST(TestRunner, TheEndInstantIsIncludedAndRunOnGoesFurther) {
  EXPECT_TRUE(passes("  spo2: 88 for 10 s\n  expect low raised at 10 s\n"));
  EXPECT_TRUE(passes("  spo2: 88 for 9.999999999 s\n  expect nothing\n"));
  EXPECT_TRUE(passes("  spo2: 88 for 9 s\n  run on for 1 s\n  expect low raised at 10 s\n"));
  EXPECT_TRUE(
      passes("  spo2: 88 for 9 s\n  run on for 0.5 s\n  run on for 0.4 s\n  expect nothing\n"));
}

TEST(TestRunner, RampsStepThroughTheSignalsOwnSteps) {
  // 100 at 0 s down by 1 a second: below 90 from 11 s on, for 10 s at 21 s.
  EXPECT_TRUE(passes("  spo2: ramp 100 to 60 for 40 s\n  expect low raised at 21 s\n"));
  EXPECT_TRUE(
      passes("  spo2: ramp 60 to 100 for 40 s every 0.5 s\n"
             "  expect low raised at 10 s, cleared at 36.5 s\n"));
}

TEST(TestRunner, WordsAreStatesThenReasons) {
  const std::string rules = "tests/language/data/home-vent-slice.rules";
  const auto outcome =
      run("test \"a\"\n"
          "  feed: hold for 601 s\n"
          "  expect feed_held raised at 600 s\n"
          "test \"b\"\n"
          "  feed: self_test for 20 s, link_lost for 70 s\n"
          "  expect lost feed raised at 80 s\n"
          "test \"c\"\n"
          "  tube_blocked: false for 10 s, true for 10 s\n"
          "  expect feed_blocked raised at 10 s\n",
          rules, "home-vent");
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, JitterAndDropAreTheSameOnEveryMachineAndChangeWithTheSeed) {
  const auto first_times = [](const std::string& shape) {
    const std::vector<SourceText> rules = {source("tests/language/data/torture.rules")};
    const auto compiled = compile(rules, nullptr, {.catalogue = false});
    const SourceText text{"t", "tests 1 for \"torture\"\ntest \"x\"\n  spo2: 97 for 20 s " + shape};
    const ParsedTests tests = parse_tests(text);
    Reporter reporter({&text});
    Feed feed(compiled.compiled->program, tests.file.cases.at(0), reporter);
    std::string out;
    std::vector<engine::InputSample> samples;
    while (const auto at = feed.next_at(feed.end())) {
      out += std::to_string(at->ms()) + " ";
      feed.take(*at, MonoTime{0}, samples);
    }
    return out;
  };
  EXPECT_EQ(first_times("every 5 s\n"), "0 5000 10000 15000 ");
  EXPECT_EQ(first_times("every 5 s jitter 20 percent seed 7\n"), "296 4440 9507 14924 ");
  EXPECT_EQ(first_times("every 5 s jitter 20 percent seed 7\n"),
            first_times("every 5 s jitter 20 percent seed 7\n"));
  EXPECT_NE(first_times("every 5 s jitter 20 percent seed 7\n"),
            first_times("every 5 s jitter 20 percent seed 8\n"));
  EXPECT_EQ(first_times("drop 100 percent\n"), "");
  const std::string half = first_times("drop 50 percent seed 3\n");
  const auto kept = std::count(half.begin(), half.end(), ' ');
  EXPECT_GT(kept, 4);
  EXPECT_LT(kept, 16);
}

TEST(TestRunner, SetChangesALimitAtItsInstant) {
  // 89 is not below the night's 88 but below 90: the run begins when the limit rises.
  EXPECT_TRUE(
      passes("  spo2: 97 for 10 s, 89 for 30 s\n  at 5 s set spo2_low = 85 percent\n"
             "  at 20 s set spo2_low = 90 percent\n  expect low raised at 30 s\n"));
  const auto with =
      run("test \"x\" with spo2_low = 85 percent\n"
          "  spo2: 88 for 30 s\n  expect nothing\n"
          "test \"y\" with spo2_low at night = 85 percent at 22:00\n"
          "  spo2: 87 for 30 s\n  expect nothing\n");
  EXPECT_EQ(failures(with), "");
}

TEST(TestRunner, AnActComesAfterTheDeadlinesThatPrecedeIt) {
  const std::vector<SourceText> rules = {
      {"wait.rules",
       "rules 1 \"wait\"\nroles nurse\n"
       "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
       "limit lost_delay = 20 s allowed 10..120 by nurse\n"
       "lost spo2 for lost_delay: severity reversible onset prompt \"gone\"\n"}};
  const auto outcome =
      run_tests(rules, {"t.test",
                        "tests 1 for \"wait\"\ntest \"x\"\n"
                        "  spo2: 97 for 11 s, nothing for 100 s\n"
                        "  at 40 s set lost_delay = 60 s\n  expect lost spo2 raised at 35 s\n"});
  EXPECT_EQ(failures(outcome), "");
  ASSERT_EQ(outcome.cases.size(), 1U);
  EXPECT_TRUE(outcome.cases[0].passed);
  EXPECT_TRUE(
      passes("  spo2: 97 for 11 s, nothing for 100 s\n  at 60 s acknowledge lost spo2\n"
             "  expect lost spo2 raised at 35 s\n"));
  // One that comes back from a gap has seen what fell due in it, as after a gap.
  EXPECT_TRUE(
      passes("  spo2: 97 for 11 s, nothing for 100 s\n  at 12 s restart for 48 s\n"
             "  at 60 s acknowledge lost spo2\n  expect lost spo2 raised at 35 s\n"));
}

TEST(TestRunner, NothingIsDecidedByAProcessThatIsDownAtTheEnd) {
  EXPECT_TRUE(
      passes("  spo2: 88 for 30 s\n  at 9.5 s restart for 60 s\n  expect low never raised\n"));
}

TEST(TestRunner, WhatATestGetsWrongIsSaidWithItsPlace) {
  const auto outcome =
      run("test \"a\"\n  spo3: 97 for 10 s\n  expect nothing\n"
          "test \"b\"\n  spo2: 97.5 for 10 s\n  expect nothing\n"
          "test \"c\"\n  spo2: purple for 10 s\n  expect nothing\n"
          "test \"d\"\n  spo2: 97 for 10 s\n  expect high raised\n"
          "test \"e\" with spo2_low = 60 percent\n  spo2: 97 for 10 s\n  expect nothing\n"
          "test \"f\"\n  spo2: 97 for 10 s\n  at 5 s acknowledge low\n  expect nothing\n");
  EXPECT_EQ(codes(outcome.diagnostics), "E12 E1 E1 E12 E5");
  EXPECT_EQ(outcome.diagnostics[0].line, 3U);
  ASSERT_EQ(outcome.cases.size(), 6U);
  EXPECT_FALSE(outcome.cases[5].passed);
  EXPECT_NE(failures(outcome).find("it was not open then"), std::string::npos);
}

TEST(TestRunner, TestsOfOtherRulesAreRefused) {
  const auto outcome =
      run("test \"x\"\n  expect nothing\n", "tests/language/data/torture.rules", "x");
  EXPECT_EQ(codes(outcome.diagnostics), "E12");
  EXPECT_TRUE(outcome.cases.empty());
}

// The crossing of an area is solved, not found at the next sample: a child's desaturation that
// ends between two samples has still used up its budget.
TEST(TestRunner, SatSecondsRingAtTheExactNanosecond) {
  const std::vector<SourceText> rules = {source("tests/language/data/satseconds.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/satseconds.test"));
  EXPECT_EQ(codes(outcome.diagnostics), "");
  EXPECT_EQ(outcome.cases.size(), 15U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, StartsAreCountedOnceEachAndDropOutOfTheirWindow) {
  const std::vector<SourceText> rules = {source("tests/language/data/dips.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/dips.test"));
  EXPECT_EQ(codes(outcome.diagnostics), "");
  EXPECT_EQ(outcome.cases.size(), 5U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, WindowsAndAgesTurnAtTheInstantTheirDefinitionSays) {
  const std::vector<SourceText> rules = {source("tests/language/data/windows.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/windows.test"));
  EXPECT_EQ(codes(outcome.diagnostics), "");
  EXPECT_EQ(outcome.cases.size(), 9U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, LeasesEndByThemselvesAndHideNothing) {
  const std::vector<SourceText> rules = {source("tests/language/data/leases.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/leases.test"));
  EXPECT_EQ(codes(outcome.diagnostics), "");
  EXPECT_EQ(outcome.cases.size(), 9U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, TheWorkedExamplePassesItsTests) {
  const std::vector<SourceText> rules = {source("tests/language/data/home-vent.rules")};
  const auto outcome = run_tests(rules, source("tests/language/data/home-vent.test"));
  EXPECT_EQ(outcome.cases.size(), 6U);
  EXPECT_EQ(failures(outcome), "");
}

TEST(TestRunner, QuietSignalsTriggerNothing) {
  for (const char* path : {"tests/language/data/home-vent-slice.rules", "packaging/demo/home.rules",
                           "tests/language/data/plan_base.rules"}) {
    const std::vector<SourceText> rules = {source(path)};
    const auto compiled = compile(rules, nullptr, {.catalogue = false});
    ASSERT_TRUE(compiled.compiled);
    const auto outcome =
        run_tests(rules, {"t", "tests 1 for \"" + compiled.compiled->file.title +
                                   "\"\ntest \"x\"\n  run on for 20 min\n  expect nothing\n"});
    EXPECT_EQ(failures(outcome), "") << path;
  }
}

}  // namespace
}  // namespace lamplight::rules::testing
