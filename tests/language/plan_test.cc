// The plan is the only text families and nurses edit: it changes exactly what it says, within what
// the rules allow, and nothing else.
#include <gtest/gtest.h>

#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

constexpr std::string_view kSigned = " by \"nurse A.\" on 2026-03-02 because \"x\"\n";

CompileResult with_plan(const std::string& entries,
                        const std::string& rules = "tests/language/data/plan_base.rules") {
  const std::vector<SourceText> texts = {source(rules)};
  const SourceText plan{"p.plan", "plan 3 for \"Mia\" rules 1 \"base\"\n" + entries};
  CompileOptions options;
  options.catalogue = false;
  return compile(texts, &plan, options);
}

const engine::Limit& limit(const CompileResult& r, std::string_view name) {
  for (const engine::Limit& l : r.compiled->program.limits) {
    if (l.name == name) return l;
  }
  throw std::out_of_range("limit");
}

TEST(Plan, ABaseValueLeavesProfileValuesAlone) {
  const auto r = with_plan("spo2_low = 91 percent" + std::string(kSigned));
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(limit(r, "spo2_low").base, 910);
  EXPECT_EQ(limit(r, "spo2_low").at.at(0), 880);
  EXPECT_EQ(limit(r, "hr_high").base, 1800);
}

TEST(Plan, AProfileValueLeavesTheBaseAloneAndMayBeNew) {
  const auto r = with_plan("spo2_low at night = 89.5 percent" + std::string(kSigned) +
                           "hr_high at night = 170.25 bpm\n");
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(limit(r, "spo2_low").base, 900);
  EXPECT_EQ(limit(r, "spo2_low").at.at(0), 895);
  EXPECT_EQ(limit(r, "hr_high").decimals, 2);
  EXPECT_EQ(limit(r, "hr_high").at.at(0), 17025);
  EXPECT_EQ(limit(r, "hr_high").base, 18000);
}

TEST(Plan, MovesProfiles) {
  const auto r = with_plan("night = 20:30..06:15\n");
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(r.compiled->program.profiles.at(0).start_minute, 20 * 60 + 30);
  EXPECT_EQ(r.compiled->program.profiles.at(0).end_minute, 6 * 60 + 15);
}

TEST(Plan, OffTakesThatAlarmAway) {
  const auto r = with_plan("off fast" + std::string(kSigned));
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_FALSE(r.compiled->program.find_alarm("fast"));
  EXPECT_TRUE(r.compiled->program.find_alarm("low"));
  EXPECT_TRUE(r.compiled->program.find_alarm("lost.hr"));
}

TEST(Plan, WithoutTakesTheDeviceItsAlarmsAndItsLostLinesAway) {
  const std::vector<SourceText> rules = {source("tests/language/data/home-vent-slice.rules")};
  const SourceText plan{
      "p", "plan 3 for \"Mia\" rules 1 \"home-vent\"\nwithout ventilator" + std::string(kSigned)};
  const auto r = compile(rules, &plan);
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  const engine::Program& p = r.compiled->program;
  EXPECT_FALSE(p.find_signal("vent_peak"));
  EXPECT_FALSE(p.find_alarm("lost.vent_peak"));
  EXPECT_FALSE(p.find_alarm("aspiration"));
  EXPECT_TRUE(p.find_alarm("oxygen_low"));
  EXPECT_TRUE(p.find_signal("feed"));
  for (const Diagnostic& d : r.diagnostics) {
    EXPECT_EQ(d.message.find("ventilator."), std::string::npos) << d.message;
  }
}

TEST(Plan, TheChildsNameIsInTheProgramButNotInItsHash) {
  const std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  const SourceText one{"p", "plan 3 for \"Mia\" rules 1 \"base\"\n"};
  const SourceText other{"p", "plan 3 for \"Tom\" rules 1 \"base\"\n"};
  const auto a = compile(rules, &one);
  const auto b = compile(rules, &other);
  EXPECT_EQ(a.compiled->program.child, "Mia");
  EXPECT_EQ(b.compiled->program.child, "Tom");
  EXPECT_EQ(a.compiled->program.hash(), b.compiled->program.hash());
}

TEST(Plan, AnEmptyPlanIsTheRulesThemselves) {
  const auto r = with_plan("");
  const std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  const auto plain = compile(rules, nullptr);
  ASSERT_TRUE(r.compiled);
  EXPECT_EQ(r.compiled->program.limits, plain.compiled->program.limits);
  EXPECT_EQ(r.compiled->program.operations, plain.compiled->program.operations);
}

// A plan may move a profile into another one that sets the same limit.
TEST(Plan, MayNotMakeTwoProfilesSetOneLimitAtOnce) {
  const std::vector<SourceText> rules = {
      {"r",
       "rules 1 \"t\"\n"
       "signal x : percent from oximeter.spo2 every 1 s stale after 5 s\n"
       "profile night = 21:00..07:00\n"
       "profile noon = 12:00..14:00 on sun\n"
       "limit low = 90 percent allowed 80..95 at night 88 percent at noon 89 percent\n"
       "alarm a \"A\" severity irreversible onset prompt\n"
       "  when x < low for 10 s\n  clear when x >= low + 2 percent for 5 s\nend\n"
       "lost x for 20 s: severity minor onset delayed \"x\"\n"}};
  const auto with = [&](const std::string& entry) {
    const SourceText plan{"p", "plan 1 for \"Mia\" rules 1 \"t\"\n" + entry};
    CompileOptions options;
    options.catalogue = false;
    return codes(compile(rules, &plan, options).diagnostics);
  };
  EXPECT_EQ(with(""), "");
  EXPECT_EQ(with("night = 14:00..07:00\n"), "");
  EXPECT_EQ(with("night = 13:59..07:00\n"), "E3");
  EXPECT_EQ(with("night = 21:00..12:00\n"), "");
  EXPECT_EQ(with("night = 21:00..12:01\n"), "E3");
}

TEST(Plan, AllItsErrorsComeInOneGo) {
  const auto r = with_plan(
      "spo2_low = 78 percent by \"nurse\" on 2026-03-02 because \"x\"\n"
      "nothing = 3\n"
      "off low by \"nurse\" on 2026-03-02 because \"x\"\n"
      "hr_high = 500 bpm\n");
  EXPECT_EQ(codes(r.diagnostics), "E5 E12 E5 E5");
}

}  // namespace
}  // namespace lamplight::rules::testing
