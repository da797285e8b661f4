// All mistakes of a text are shown in one go, each in its own line and once: who corrects one and
// then finds four more stops trusting the check.
#include <gtest/gtest.h>

#include "rules/language/test_ast.h"
#include "rules/model/limits.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

// "2 E0" for each error, in order.
std::vector<std::string> places(const std::vector<Diagnostic>& all) {
  std::vector<std::string> out;
  for (const Diagnostic& d : all) {
    if (d.gravity == Gravity::error) out.push_back(std::to_string(d.line) + " " + d.code);
  }
  return out;
}

using Places = std::vector<std::string>;

CompileResult with_plan(const std::string& plan_text, const std::string& rules_text = {}) {
  std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  if (!rules_text.empty()) rules = {{"t.rules", rules_text}};
  const SourceText plan{"p.plan", plan_text};
  CompileOptions options;
  options.catalogue = false;
  return compile(rules, &plan, options);
}

TEST(AllAtOnce, TenMistakesInOneRulesTextAreTenErrors) {
  const auto r = compile_text(
      "rules 1 \"t\"\n"
      "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
      "signal hr : bpm from oximeter.pulse step 0.1 range 20..300 every 1 s stale after 5 s\n"
      "limit spo2_low = 90 percent allowed 80..\n"   // 4: half a range
      "limt hr_high = 180 bpm allowed 100..200\n"    // 5: misspelt
      "limit hr_low = 50 percent allowed 60..100\n"  // 6: outside its own range
      "alarm low \"Low\" severity irreversible onset prompt\n"
      "  when spo2 < spo2_low for\n"             // 8: no duration
      "  clear when hr >= 92 percent for 5 s\n"  // 9: unit
      "  say \"{kid} is low\"\n"                 // 10: hole
      "  becuase \"order\"\n"                    // 11: misspelt
      "end\n"
      "alarm low \"Low\" severity irreversible onset prompt\n"  // 13: twice
      "  when hr > hr_high for 10 s\n"
      "  clear when hr < hr_low for 5 s\n"  // 15: unit
      "  do \"Look at {child}, {sp02}\"\n"  // 16: hole
      "end\n"
      "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n");
  EXPECT_EQ(places(r.diagnostics), (Places{"3 E6", "4 E0", "5 E0", "6 E5", "8 E0", "9 E1", "10 E13",
                                           "11 E0", "13 E12", "15 E1", "16 E13"}))
      << rendered(r.diagnostics);
}

TEST(AllAtOnce, TenMistakesInOnePlanAreTenErrors) {
  const auto r = with_plan(
      "plan 3 for \"Mia\" rules 2 \"base\"\n"                                         // 1
      "spo2_low = 91 percent by \"nurse A.\" on 2026-02-30 because \"x\"\n"           // 2: date
      "spo2_low at night = 10 percent by \"nurse A.\" on 2026-03-02 because \"x\"\n"  // 3: allowed
      "spo2_lwo = 91 percent\n"                                                       // 4: name
      "hr_high = 170 percent\n"                                                       // 5: unit
      "spo2_low at day = 90 percent by \"nurse A.\" on 2026-03-02 because \"x\"\n"    // 6: profile
      "= 3\n"                                                                         // 7
      "night = 20:30..20:30\n"                                                        // 8
      "off nothing by \"nurse A.\" on 2026-03-02 because \"x\"\n"                     // 9: alarm
      "hr_high 170 bpm\n"                                                             // 10
      "without sofa by \"nurse A.\" on 2026-03-02 because\n");                        // 11: twice
  EXPECT_EQ(places(r.diagnostics), (Places{"1 E12", "2 E0", "3 E5", "4 E12", "5 E1", "6 E12",
                                           "7 E0", "8 E0", "9 E12", "10 E0", "11 E12", "11 E0"}))
      << rendered(r.diagnostics);
}

TEST(AllAtOnce, ABadDateHidesNeitherTheValueNorTheSigner) {
  const auto r = with_plan(
      "plan 3 for \"Mia\" rules 1 \"base\"\n"
      "spo2_low = 10 percent by \"nurse A.\" on 2026-02-30 because \"x\"\n"
      "spo2_low at night = 89 percent by \"uncle B.\" on 2026-13-01 because \"x\"\n");
  EXPECT_EQ(places(r.diagnostics), (Places{"2 E5", "2 E0", "3 E5", "3 E0"}))
      << rendered(r.diagnostics);
}

TEST(AllAtOnce, WhatBrokeIsNotReportedAgainWhereItIsUsed) {
  const auto r = with_plan(
      "plan 1 for \"Mia\" rules 1 \"t\"\n"
      "low = 91 percent\nhigh = 95 percent\noff a by \"n\" on 2026-03-02 because \"x\"\n",
      "rules 1 \"t\"\n"
      "roles nurse, 5\n"
      "signal spo2 percent from oximeter.spo2 every 1 s stale after 5 s\n"
      "limit low = ninety percent\n"
      "limti high = 90 percent allowed 80..95 by nurse\n"
      "alarm a \"A\" severity irreversible onset prompt\n"
      "  when spo2 < low or spo2 > high\n"
      "  say \"{spo2} {low}\"\n"
      "  escalate nurse now, doctor\n"
      "end\n"
      "lost spo2 for 20 s severity reversible onset prompt \"gone\"\n");
  EXPECT_EQ(places(r.diagnostics), (Places{"2 E0", "3 E0", "4 E0", "5 E0", "9 E0", "11 E0"}))
      << rendered(r.diagnostics);
}

TEST(AllAtOnce, AConditionThatReadsOnBehindAMistakeIsNotJudged) {
  const auto r = compile_text(
      "rules 1 \"t\"\n"
      "signal spo2 : percent from oximeter.spo2 range 0..100 every 1 s stale after 5 s\n"
      "let is_low = spo2 \xE2\x89\xA4 90 percent\n"
      "alarm a \"A\" severity irreversible onset prompt\n"
      "  when spo2 ! 90 percent\n"
      "  clear when is_low and spo2 > 90 bpm\n"
      "end\n"
      "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n");
  EXPECT_EQ(places(r.diagnostics), (Places{"3 E0", "5 E0", "6 E1"})) << rendered(r.diagnostics);
}

// Longer texts would not fit the messages that carry them.
class Longest : public ::testing::Test {
 protected:
  static CompileResult home(size_t title, size_t say, size_t act, size_t because, size_t lost,
                            size_t child, size_t name) {
    const auto text = [](size_t characters) {
      std::string out = "\"";
      for (size_t i = 0; i < characters; ++i) out += "\xC3\xA4";
      return out + "\"";
    };
    return with_plan(
        "plan 1 for " + text(child) + " rules 1 \"t\"\n",
        "rules 1 \"t\"\n"
        "signal spo2 : percent from oximeter.spo2 range 0..100 every 1 s stale after 5 s\n"
        "alarm " +
            std::string(name, 'a') + " " + text(title) +
            "\n  severity irreversible onset prompt\n"
            "  when spo2 < 90 percent for 10 s\n"
            "  clear when spo2 >= 92 percent for 5 s\n"
            "  say " +
            text(say) + "\n  do " + text(act) + "\n  because " + text(because) +
            "\nend\n"
            "lost spo2 for 20 s: severity reversible onset prompt " +
            text(lost) + "\n");
  }
};

TEST_F(Longest, TextsOfTheLongestLengthCompile) {
  const auto r = home(limits::kTitleCharsMax, limits::kSayCharsMax, limits::kDoCharsMax,
                      limits::kReasonCharsMax, limits::kTitleCharsMax, limits::kPersonCharsMax,
                      limits::kNameCharsMax);
  EXPECT_TRUE(r.compiled) << rendered(r.diagnostics);
}

TEST_F(Longest, OneCharacterMoreIsRefusedWithThePlaceTheLimitAndTheLength) {
  const auto r = home(81, 301, 501, 501, 81, 65, 49);
  EXPECT_EQ(places(r.diagnostics),
            (Places{"3 E10", "3 E10", "7 E10", "8 E10", "9 E10", "11 E10", "1 E10"}));
  const std::string text = rendered(r.diagnostics);
  for (const char* message : {"t.rules:3:7: E10: an alarm's name has 49 characters, 48 allowed",
                              "t.rules:3:57: E10: the alarm's title has 81 characters, 80 allowed",
                              "t.rules:7:7: E10: what is said has 301 characters, 300 allowed",
                              "t.rules:8:6: E10: what to do has 501 characters, 500 allowed",
                              "t.rules:9:11: E10: a reason has 501 characters, 500 allowed",
                              "t.rules:11:54: E10: what is said has 81 characters, 80 allowed",
                              "p.plan:1:12: E10: the child's name has 65 characters, 64 allowed"}) {
    EXPECT_NE(text.find(message), std::string::npos) << message << "\n" << text;
  }
}

TEST_F(Longest, ASentenceOfSeventyThousandCharactersIsRefused) {
  const auto r = home(1, 70'000, 70'000, 1, 1, 3, 3);
  EXPECT_FALSE(r.compiled);
  EXPECT_EQ(places(r.diagnostics), (Places{"7 E10", "8 E10"}));
}

}  // namespace
}  // namespace lamplight::rules::testing
