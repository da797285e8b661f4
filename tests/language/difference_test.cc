// A nurse who signs new rules must be told what they do otherwise, in a sentence, and be told
// nothing where nothing changed.
#include "rules/language/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/language/commands.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

constexpr std::string_view kOld =
    "rules 1 \"t\"\n"
    "roles nurse\n"
    "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
    "signal loose : bool from oximeter.alarm.probe_off every 1 s stale after 5 s\n"
    "button care : lasts at most 3 min\n"
    "profile night = 21:00..07:00\n"
    "limit low = 90 percent allowed 80..95 by nurse at night 88 percent\n"
    "limit wait = 10 s allowed 5..20 by nurse\n"
    "let is_low = spo2 < low\n"
    "alarm oxygen \"Oxygen low\"\n"
    "  severity irreversible onset prompt\n"
    "  when is_low for wait ignoring gaps up to 2 s\n"
    "  clear when spo2 >= low + 2 percent for 5 s\n"
    "  do \"Look\"\n"
    "end\n"
    "alarm probe \"Probe off\"\n"
    "  severity reversible onset prompt\n"
    "  when loose for 10 s or (spo2 is lost and loose)\n"
    "  clear when (not loose) for wait\n"
    "end\n"
    "inhibit probe while care\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n";

int diff(const std::string& after, std::string& out, bool json = false,
         const std::string& before = std::string(kOld)) {
  DiffInput input;
  input.before = {{"old.rules", before}};
  input.after = {{"new.rules", after}};
  input.json = json;
  out.clear();
  std::string err;
  const int status = rules_diff(input, out, err);
  EXPECT_EQ(err.empty(), status != 2) << err;
  return status;
}

// The sentences after replacing `from` by `to` in the old rules.
std::string changed(const std::string& from, const std::string& to) {
  std::string after(kOld);
  const size_t at = after.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  after.replace(at, from.size(), to);
  std::string out;
  const int status = diff(after, out);
  EXPECT_EQ(status, out.empty() ? 0 : 1) << out;
  return out;
}

TEST(Difference, OfTheSameRulesThereIsNone) {
  std::string out;
  EXPECT_EQ(diff(std::string(kOld), out), 0);
  EXPECT_EQ(out, "");
  EXPECT_EQ(changed("roles nurse\n", "\n# why\nroles   nurse\n\n"), "");
  EXPECT_EQ(changed("let is_low = spo2 < low", "let is_low = (spo2 < low)"), "");
}

TEST(Difference, ADelayIsLaterOrSooner) {
  EXPECT_EQ(changed("for wait ignoring", "for 15 s ignoring"),
            "alarm oxygen: rings 5 s later (for 15 s instead of 10 s)\n");
  EXPECT_EQ(changed("limit wait = 10 s", "limit wait = 8 s"),
            "limit wait: is 8 s instead of 10 s\n"
            "alarm oxygen: rings 2 s sooner (for 8 s instead of 10 s)\n"
            "alarm probe: clears 2 s sooner (for 8 s instead of 10 s)\n");
  EXPECT_EQ(changed("+ 2 percent for 5 s", "+ 2 percent for 10 s"),
            "alarm oxygen: clears 5 s later (for 10 s instead of 5 s)\n");
  EXPECT_EQ(changed("lost spo2 for 20 s", "lost spo2 for 15 s"),
            "lost spo2: rings 5 s sooner (for 15 s instead of 20 s)\n");
  EXPECT_EQ(changed("up to 2 s", "up to 4 s"),
            "alarm oxygen: rings across gaps of up to 4 s instead of 2 s\n");
}

TEST(Difference, ALimitShowsAtEveryAlarmThatReadsIt) {
  EXPECT_EQ(changed("limit low = 90 percent", "limit low = 91 percent"),
            "limit low: is 91 percent instead of 90 percent\n"
            "alarm oxygen: rings when the child's oxygen is below 91 % (88 % at night), instead of "
            "when the child's oxygen is below 90 % (88 % at night)\n"
            "alarm oxygen: clears when the child's oxygen is 93 % (90 % at night) or more, instead "
            "of when the child's oxygen is 92 % (90 % at night) or more\n");
}

TEST(Difference, WhatMayBeSetIsWiderOrNarrower) {
  EXPECT_EQ(changed("allowed 80..95", "allowed 75..95"),
            "limit low: may be set more widely: 75..95 instead of 80..95\n");
  EXPECT_EQ(changed("allowed 80..95", "allowed 85..95"),
            "limit low: may be set less widely: 85..95 instead of 80..95\n");
  EXPECT_EQ(changed("allowed 80..95", "allowed 85..97"),
            "limit low: may be set otherwise: 85..97 instead of 80..95\n");
  EXPECT_EQ(changed("allowed 5..20 by nurse", "allowed 5..20"),
            "limit wait: may be changed by anybody instead of nurse\n");
}

TEST(Difference, AnAlarmIsGoneOrNew) {
  std::string before(kOld);
  before.erase(before.find("inhibit probe"), 25);
  before.erase(before.find("button care"), 34);
  std::string after = before;
  after.replace(after.find("alarm probe"), 11, "alarm off_finger");
  std::string out;
  EXPECT_EQ(diff(after, out, false, before), 1);
  EXPECT_EQ(out,
            "alarm probe: is gone\n"
            "alarm off_finger: is new: medium (reversible, prompt), rings when (the oximeter keeps "
            "saying 'probe off' for 10 seconds) or (the child's oxygen is not measured and the "
            "oximeter says 'probe off')\n");
}

TEST(Difference, ASeverityIsTheOtherPriority) {
  EXPECT_EQ(changed("severity reversible onset prompt\n  when loose",
                    "severity minor onset prompt\n  when loose"),
            "alarm probe: is low (minor, prompt) instead of medium (reversible, prompt)\n");
}

TEST(Difference, AnotherConditionIsTold) {
  EXPECT_EQ(changed("when loose for 10 s or (spo2 is lost and loose)", "when loose for 10 s"),
            "alarm probe: rings when the oximeter keeps saying 'probe off' for 10 seconds, instead "
            "of when (the oximeter keeps saying 'probe off' for 10 seconds) or (the child's oxygen "
            "is not measured and the oximeter says 'probe off')\n");
  EXPECT_EQ(changed("(spo2 is lost and loose)", "(spo2 is not lost and loose)"),
            "alarm probe: rings when the child's oxygen is measured, instead of when the child's "
            "oxygen is not measured\n");
}

// Found in review: a wider meaning of a name held the oxygen alarm back, and nobody was told.
TEST(Difference, ALeaseThatMeansSomethingElseIsToldBesideAnyOtherChange) {
  const std::string before = std::string(kOld) + "let quiet = spo2 is lost\n" +
                             "inhibit probe while quiet at most 10 min\n";
  std::string after = before;
  after.replace(after.find("let quiet = spo2 is lost"), 24, "let quiet = spo2 is lost or loose");
  after.replace(after.find("allowed 80..95"), 14, "allowed 80..94");
  std::string out;
  EXPECT_EQ(diff(after, out, false, before), 1);
  EXPECT_THAT(out, ::testing::HasSubstr("alarm probe: is now held back while"));
  EXPECT_THAT(out, ::testing::HasSubstr("less widely"));
}

TEST(Difference, LeasesButtonsProfilesAndTextsAreTold) {
  EXPECT_EQ(changed("inhibit probe while care\n", "inhibit lost spo2 while care\n"),
            "alarm probe: is no longer held back while 'care' is pressed\n"
            "lost spo2: is now held back while 'care' is pressed\n");
  EXPECT_EQ(changed("lasts at most 3 min", "lasts at most 10 min"),
            "button care: lasts at most 10 min instead of 3 min\n");
  EXPECT_EQ(changed("21:00..07:00", "20:00..07:00"),
            "profile night: is 20:00..07:00 instead of 21:00..07:00\n");
  EXPECT_EQ(changed("do \"Look\"", "do \"Run\""),
            "alarm oxygen: tells to do Run instead of Look\n");
  EXPECT_EQ(changed("lost spo2 for 20 s:", "lost spo2 for 20 s or 50 percent of 3 min:"),
            "lost spo2: rings also at 50 percent of 3 min instead of nothing\n");
}

TEST(Difference, IsJsonALineAndTroubleIs2) {
  std::string out;
  std::string after(kOld);
  after.replace(after.find("for wait ignoring"), 17, "for 15 s ignoring");
  EXPECT_EQ(diff(after, out, true), 1);
  EXPECT_EQ(out,
            "{\"kind\":\"delay\",\"subject\":\"alarm oxygen\",\"sentence\":\"rings 5 s later (for "
            "15 s instead of 10 s)\",\"before\":\"10 s\",\"after\":\"15 s\"}\n");
  EXPECT_EQ(diff("rules 1 \"t\"\nalarm\n", out), 2);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace lamplight::rules::testing
